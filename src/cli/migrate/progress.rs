//! How far the exports are, for days: a redrawn block on a terminal, a line for each job elsewhere, and one
//! whenever the counts change.

use std::fmt::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use workmailctl::migrate::{Next, Standing};
use workmailctl::report::ExportCounts;

use super::super::output::Printer;

/// Shows one run.
pub(super) struct Progress<'a> {
    printer: &'a Printer,
    bar: Option<ProgressBar>,
    shown: Option<ExportCounts>,
}

impl<'a> Progress<'a> {
    /// The progress of a run that begins now. Needs a runtime.
    pub(super) fn begin(mailboxes: usize, printer: &'a Printer) -> Self {
        let bar = printer.redraws.then(|| {
            let bar = ProgressBar::new(u64::try_from(mailboxes).unwrap_or(u64::MAX));
            let style =
                ProgressStyle::with_template("{spinner} {pos}/{len} exported, {elapsed}{msg}")
                    .expect("the template names known keys");
            bar.set_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            printer,
            bar,
            shown: None,
        }
    }

    /// Something happened to one job.
    pub(super) fn tell(&self, line: &str) {
        let line = self.printer.err.safe(line).into_owned();
        match &self.bar {
            Some(bar) => bar.println(line),
            None => self.printer.say(&format!("{line}\n")),
        }
    }

    /// How all stands now.
    pub(super) fn show(&mut self, next: &Next) {
        let counts = ExportCounts::of(next);
        if let Some(bar) = &self.bar {
            bar.set_position(u64::try_from(counts.exported).unwrap_or(u64::MAX));
            bar.set_message(self.block(next, counts));
        } else if self.shown != Some(counts) {
            self.printer.say(&format!("{}\n", counts.line()));
        }
        self.shown = Some(counts);
    }

    /// Takes the block away.
    pub(super) fn end(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// What waits, and the jobs that run, a line each.
    fn block(&self, next: &Next, counts: ExportCounts) -> String {
        let mut block = String::new();
        if counts.waiting > 0 {
            let _ = write!(block, ", {} waiting", counts.waiting);
        }
        if counts.failed > 0 {
            let _ = write!(block, ", {} failed", counts.failed);
        }
        if next.others > 0 {
            let _ = write!(block, ", {} of others run", next.others);
        }
        for (target, standing) in &next.standing {
            if let Standing::Running(percent) = standing {
                let target = target.to_string();
                let _ = write!(block, "\n  {} {percent}%", self.printer.err.safe(&target));
            }
        }
        block
    }
}
