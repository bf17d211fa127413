//! What is done, told on stderr: `-v`, `-vv`, or the filter in `WORKMAILCTL_LOG`. No secrets.

use std::io;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Crates below ours that would tell whole requests, passwords among them, at their finest level.
const TELL_BODIES: &[&str] = &["aws_", "hyper", "h2", "rustls"];

/// Begins to tell. A second call changes nothing.
pub(crate) fn begin(verbose: u8, color: bool) {
    let level = match verbose {
        0 => "off",
        1 => "workmailctl=info",
        2 => "workmailctl=debug,aws_smithy_runtime=info",
        _ => "workmailctl=trace,aws_smithy_runtime=debug",
    };
    let Ok(filter) = EnvFilter::builder()
        .with_env_var("WORKMAILCTL_LOG")
        .with_default_directive(LevelFilter::OFF.into())
        .try_from_env()
        .or_else(|_| EnvFilter::try_new(level))
    else {
        return;
    };
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(color)
        .with_filter(filter_fn(tells_no_body));
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .try_init();
}

fn tells_no_body(metadata: &Metadata<'_>) -> bool {
    *metadata.level() != tracing::Level::TRACE
        || !TELL_BODIES
            .iter()
            .any(|start| metadata.target().starts_with(start))
}
