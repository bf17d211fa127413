//! Random pairs of worlds: what `undo` leads to is what was there before, also after a part of the run only.

use std::collections::BTreeMap;

use crate::recovery::for_all;
use crate::support::canonical::state;
use crate::support::random::values;
use crate::support::random_settings::{Dice, Pair, pairs};

use super::back::{Cut, Undone, begun, changes, compared, reaches, undo};

/// How many pairs a run of every day has.
const PAIRS: u32 = 25;
/// How many pairs go on at a time on one processor.
const AT_A_TIME: usize = 1;

/// How a pair ended.
enum Ended {
    /// The first of the worlds, or the second from there, is what no plan leads to.
    NotReached,
    Undone(Cut, Undone, BTreeMap<&'static str, usize>),
}

#[test]
fn what_is_undone_is_as_it_was_before() {
    let all: Vec<Pair> = values("undo", PAIRS, &pairs()).collect();
    let pairs: Vec<&Pair> = all.iter().collect();
    let ended = for_all(&pairs, AT_A_TIME, |index, pair| {
        let pair = *pair;
        async move {
            Box::pin(comes_back(pair)).await.map_err(|why| {
                let Pair { before, wanted, .. } = pair;
                format!("pair {}: {why}\n\n{before}\n\n{wanted}\n", index + 1)
            })
        }
    });
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: String, more: usize| *counts.entry(what).or_default() += more;
    let mut compared = 0;
    for one in &ended {
        let Ended::Undone(cut, undone, forgiven) = one else {
            count("not reached".to_owned(), 1);
            continue;
        };
        compared += 1;
        let cut = match cut {
            Cut::Nowhere => "a whole run",
            Cut::Budget(_) => "a run that a budget ended",
            Cut::Dropped(_, true) => "a run killed after a request's effect",
            Cut::Dropped(_, false) => "a run killed before a request's effect",
        };
        count(format!("undone: {cut}"), 1);
        count("calls undone".to_owned(), undone.calls);
        count(format!("undone in {} rounds", undone.rounds), 1);
        count("domains verified again".to_owned(), undone.verified.len());
        for (why, number) in forgiven {
            count(format!("differences forgiven: {why}"), *number);
        }
    }
    for (what, count) in &counts {
        eprintln!("{count:6}  {what}");
    }
    assert!(
        compared * 2 >= all.len(),
        "too few of the pairs can be reached: {compared}"
    );
}

async fn comes_back(pair: &Pair) -> Result<Ended, String> {
    let (world, before, wanted) = begun(pair).await;
    if reaches(&world, &before).await.is_none() {
        return Ok(Ended::NotReached);
    }
    let start = state(&world).await;
    let mut dice = Dice(pair.behavior);
    let cut = match dice.below(3) {
        0 => Cut::Nowhere,
        1 => Cut::Budget(1 + dice.below(30)),
        _ => Cut::Dropped(dice.below(60), dice.below(2) == 0),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let Some(runs) = changes(&world, &wanted, cut, folder.path()).await else {
        return Ok(Ended::NotReached);
    };
    let undone = undo(&world, &runs)
        .await
        .map_err(|why| format!("{cut:?}: {why}"))?;
    let forgiven =
        compared(&start, &state(&world).await, &undone).map_err(|why| format!("{cut:?}: {why}"))?;
    Ok(Ended::Undone(cut, undone, forgiven))
}
