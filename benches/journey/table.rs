//! The one table: what, how much, and how much it should be at most.

use std::time::Duration;

use crate::{
    Hammered, Page, Plan, Round, Side,
    journey::STEPS,
    process::{Memory, Spent},
};

/// Prints everything but [`memory`] and [`starts`], which follow it.
pub fn print(plan: &Plan, machine: &str, sides: &[Side], pages: &[Page], hammered: &Hammered) {
    println!("{machine}");
    println!(
        "server on core {}; {} rounds of {} journeys, {} browsers at once; medians of rounds",
        plan.core,
        plan.rounds,
        plan.journeys,
        crate::BROWSERS
    );
    println!();
    println!("| What | Measured | Goal |");
    println!("|---|---|---|");
    let bare = micros(&hammered.bare, |one| one.cpu);
    row("bare route: processor time of one request", us(bare));
    let throughput = 1e6 / micros(&hammered.bare, |one| one.wall);
    row(
        "bare route: requests in a second",
        format!("{throughput:.0}"),
    );
    let share = 100.0 * bare / micros(&hammered.bare, |one| one.wall);
    goal(
        "bare route: share of the core that it got",
        format!("{share:.0} %"),
        "> 90 %, else others disturbed the run",
    );
    for side in sides {
        journeys(plan, side, bare, throughput);
    }
    for page in pages {
        let (packed, plain) = (page.packed_size, page.plain_size);
        goal(
            &format!("{}: octets, gzip (plain)", page.name),
            format!("{packed} ({plain})"),
            "HTML + CSS < 30 000",
        );
        let (packed, plain) = (
            micros(&page.packed, |one| one.cpu),
            micros(&page.plain, |one| one.cpu),
        );
        row(
            &format!("{}: processor time, gzip (plain)", page.name),
            format!("{} ({})", us(packed), us(plain)),
        );
    }
    let (logged, silent) = (
        micros(&hammered.logged, |one| one.cpu),
        micros(&hammered.silent, |one| one.cpu),
    );
    row("/health/live: processor time", us(logged));
    row("of it the log line", us(logged - silent));
}

fn journeys(plan: &Plan, side: &Side, bare: f64, throughput: f64) {
    let name = &side.name;
    let each = |of: fn(&Round) -> Duration| {
        let number = plan.journeys as f64;
        median(
            side.rounds
                .iter()
                .map(|round| of(round).as_secs_f64() * 1e6 / number),
        )
    };
    let server = each(|round| round.server.cpu);
    let database = each(|round| round.database.cpu);
    let wall = each(|round| round.wall);
    goal(
        &format!("{name}: a journey, in bare requests"),
        format!("**{:.0}**", server / bare),
        "≤ 600",
    );
    row(
        &format!("{name}: a journey, processor time of the server"),
        us(server),
    );
    if database > 0.0 {
        row(
            &format!("{name}: the database's own, on other cores"),
            us(database),
        );
        row(
            &format!("{name}: a journey with the database's own, in bare requests"),
            format!("{:.0}", (server + database) / bare),
        );
    }
    row(
        &format!("{name}: journeys in a second"),
        format!("{:.0}", 1e6 / wall),
    );
    row(
        &format!("{name}: bare requests in the time of a journey"),
        format!("{:.0}", wall / 1e6 * throughput),
    );
    for (step, times) in STEPS.iter().zip(&side.browsing.times) {
        let mut times = times.clone();
        times.sort_unstable();
        let at = |share: usize| {
            let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
            times.get(place).copied().unwrap_or_default().as_secs_f64() * 1000.0
        };
        goal(
            &format!("{name}: {step}, p50 · p99"),
            format!("{:.1} · {:.1} ms", at(50), at(99)),
            "p99 < 50 ms",
        );
    }
}

/// The row of what a server holds after the load.
pub fn memory(name: &str, memory: Memory) {
    goal(
        &format!("{name}: resident memory, its peak"),
        format!(
            "{:.0} · {:.0} MB",
            memory.resident as f64 / 1e3,
            memory.peak as f64 / 1e3
        ),
        "< 100 MB",
    );
}

/// The row of how fast a server is ready.
pub fn starts(name: &str, starts: &mut [Duration]) {
    starts.sort_unstable();
    let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
    goal(
        &format!("{name}: from start to ready, median · slowest"),
        format!(
            "{:.0} · {:.0} ms",
            milliseconds(starts.get(starts.len() / 2)),
            milliseconds(starts.last())
        ),
        "≤ 300 ms",
    );
}

fn row(what: &str, measured: String) {
    goal(what, measured, "");
}

fn goal(what: &str, measured: String, goal: &str) {
    println!("| {what} | {measured} | {goal} |");
}

fn us(micros: f64) -> String {
    format!("{micros:.1} µs")
}

fn micros(rounds: &[Spent], of: fn(&Spent) -> Duration) -> f64 {
    median(rounds.iter().map(|round| of(round).as_secs_f64() * 1e6))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
