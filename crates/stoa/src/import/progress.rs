//! How far an import is: a bar on a terminal, a line every few seconds anywhere else.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const EVERY: Duration = Duration::from_secs(5);

/// One step of an import, measured in whatever the caller counts.
pub struct Progress {
    bar: Option<ProgressBar>,
    name: &'static str,
    total: u64,
    done: u64,
    told: Instant,
}

impl Progress {
    /// `total` may be 0 when nobody knows. A quiet one says nothing, for tests and the demonstration.
    pub fn start(name: &'static str, total: u64, quiet: bool) -> Progress {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar =
                ProgressBar::with_draw_target((total > 0).then_some(total), ProgressDrawTarget::stderr_with_hz(5));
            let text = if total > 0 { "{msg:12} {wide_bar} {percent:>3} % {eta}" } else { "{msg:12} {spinner} {pos}" };
            bar.set_style(ProgressStyle::with_template(text).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(name);
            bar
        });
        // A quiet one is told for ever: its next line lies beyond any import.
        let told = if quiet { Instant::now() + Duration::from_secs(u32::MAX.into()) } else { Instant::now() };
        Progress { bar, name, total, done: 0, told }
    }

    pub fn add(&mut self, steps: u64) {
        self.done += steps;
        if let Some(bar) = &self.bar {
            bar.inc(steps);
        } else if self.told.checked_add(EVERY).is_some_and(|next| next < Instant::now()) {
            self.told = Instant::now();
            match (self.done * 100).checked_div(self.total) {
                Some(percent) => eprintln!("{}: {percent} %", self.name),
                None => eprintln!("{}: {}", self.name, self.done),
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
