//! How fast requests go out.
#![expect(
    clippy::disallowed_methods,
    reason = "it measures how long the client waits"
)]

use std::time::{Duration, Instant};

use workmailctl::client::Connect;
use workmailctl::emulator::Options;
use workmailctl::kinds::KINDS;
use workmailctl::live::Needs;
use workmailctl::model::Part;

use super::world::{World, acme, client, lists, read};

#[tokio::test]
async fn a_rate_is_not_exceeded() {
    let world = World::new().await;
    for number in 0..8 {
        world.idle_user(&format!("user{number}")).await;
    }
    let connect = Connect {
        rate: Some(20.0),
        ..world.connect()
    };
    let client = client(&connect).await;
    let start = Instant::now();
    let snapshot = read(&client, &acme(), &Needs::everything(KINDS)).await;
    let calls = snapshot.expect("it is there").calls;
    assert!(calls > 20);
    let fewest = Duration::from_millis((calls - 1) * 50);
    assert!(start.elapsed() >= fewest, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_service_that_throttles_loses_nothing() {
    let options = Options {
        rate: Some(40.0),
        ..Options::default()
    };
    let world = World::with(options, &[]).await;
    // The emulator's own bucket counts what builds the world, too.
    let mut made = 0;
    while made < 30 {
        world.idle_user(&format!("user{made}")).await;
        made += 1;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let snapshot = world.snapshot(&Needs::everything(KINDS)).await;
    assert!(matches!(snapshot.listed("user"), Part::Known(())));
    let unknown = serde_json::to_string(&snapshot).expect("JSON");
    assert!(!unknown.contains("hrottl"), "{unknown}");
    assert!(
        snapshot.calls > snapshot.lower_bound,
        "nothing was throttled"
    );
}

#[tokio::test]
async fn no_more_reads_than_allowed_are_under_way() {
    let options = Options {
        latency: Duration::from_millis(10),
        ..Options::default()
    };
    let world = World::with(options, &[]).await;
    for number in 0..10 {
        world.idle_user(&format!("user{number}")).await;
    }
    world.reset().await;
    let connect = Connect {
        read_parallelism: 3,
        ..world.connect()
    };
    let client = client(&connect).await;
    let snapshot = read(&client, &acme(), &Needs::everything(KINDS)).await;
    assert!(snapshot.is_ok());
    let stats = world.stats().await;
    assert_eq!(stats["maxConcurrent"], 3);
}

#[tokio::test]
async fn permits_are_taken_together() {
    let world = World::new().await;
    let connect = Connect {
        rate: Some(10.0),
        ..world.connect()
    };
    let client = client(&connect).await;
    let start = Instant::now();
    let mut permits = client.permits(3).await;
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert_eq!(permits.left(), 3);
    permits.take();
    assert_eq!(permits.left(), 2);
    let read = read(&client, &acme(), &lists(&[])).await;
    assert!(read.is_ok());
}
