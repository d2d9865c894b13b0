//! `recut check`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::args::{CheckArgs, Format, ReportKind};
use super::files::write;
use super::load::conversations;
use super::output::Output;
use super::save::save;
use super::signals::interrupts;
use super::target::{name, options, targets};
use super::{Exit, Failed};
use crate::check::{Checked, Finding, Options, Progress, check};
use crate::peer::Target;
use crate::report::{LeftOutLine, Summary, json, junit, left_out_lines, saved, terminal};
use crate::script::Conversation;
use crate::text::visible;

pub(super) fn run(args: &CheckArgs, output: &Output) -> Result<Exit, Failed> {
    let conversations = conversations(args)?;
    let (targets, stop) = match ready(args, &conversations) {
        Ok(ready) => ready,
        Err(failed) if failed.exit == Exit::Unreachable => {
            // The scripts parsed: the last line is there, whatever comes in between.
            let summary = Summary { seed: args.seed, ..Summary::default() }.to_string();
            output.error(&failed.message);
            if args.format == Format::Json {
                output.note(&summary);
            } else {
                output.line(&summary);
            }
            return Ok(failed.exit);
        }
        Err(failed) => return Err(failed),
    };
    output.show_progress();
    let mut run = Run {
        args,
        output,
        target: name(&targets),
        options: plan(args),
        stop,
        not_played: None,
        checked: Vec::new(),
        summary: Summary { seed: args.seed, ..Summary::default() },
        json: Vec::new(),
        exit: Exit::Held,
    };
    let start = Instant::now();
    run.json(json::start(&run.target, args.seed, conversations.len()));
    // A server that no conversation needs any more is stopped.
    for (number, (conversation, target)) in conversations.iter().zip(targets).enumerate() {
        let left = conversations.len() - number;
        if run.stop.load(Ordering::Relaxed) {
            run.not_played = Some((left, "interrupted"));
            break;
        }
        let name = format!("[{}/{}] {}", number + 1, conversations.len(), conversation.name);
        let progress = |progress| run.progress(&name, progress);
        match check(&target, conversation, &run.options, &run.stop, &progress) {
            Ok(checked) => {
                if let Some(error) = &checked.error {
                    // It was there, and died.
                    output.error(error);
                    run.exit = run.exit.or(Exit::Broken);
                }
                let lost = checked.target_lost;
                let over = args.fail_fast && counts(&checked, args);
                run.take(checked)?;
                if lost || over {
                    let why = if lost { "the server is lost" } else { "--fail-fast" };
                    run.not_played = (left > 1).then_some((left - 1, why));
                    break;
                }
            }
            // It was there for the conversations before: it died.
            Err(_) if run.stop.load(Ordering::Relaxed) => {
                run.not_played = Some((left, "interrupted"));
                break;
            }
            Err(error) => {
                output.error(&error.to_string());
                run.exit = run.exit.or(if number > 0 { Exit::Broken } else { Exit::Unreachable });
                run.not_played = Some((left, "the server can't be reached"));
                break;
            }
        }
    }
    run.summary.elapsed = start.elapsed();
    run.finish()
}

/// What must be there before anything is played: the target, the reports, the signals.
fn ready(
    args: &CheckArgs,
    conversations: &[Conversation],
) -> Result<(Vec<Arc<Target>>, Arc<AtomicBool>), Failed> {
    let builtin = args.paths.is_empty() && args.send.is_none();
    let targets = targets(&args.common, conversations, builtin)?;
    for (_, path) in &args.report {
        // A report that can't be written is better known before the plays than after them.
        write(path, "")?;
    }
    Ok((targets, interrupts()?))
}

fn counts(checked: &Checked, args: &CheckArgs) -> bool {
    checked.stable().next().is_some() || (args.strict && !checked.findings.is_empty())
}

fn plan(args: &CheckArgs) -> Options {
    Options {
        deliver: args.deliver.clone().map_or_else(Vec::new, |list| list.0),
        laws: args.laws.clone().map_or_else(Vec::new, |list| list.0),
        max: args.max,
        budget: args.budget,
        seed: args.seed,
        confirm: args.confirm,
        jobs: args.jobs,
        fresh: args.fresh,
        ..options(&args.common)
    }
}

/// A check while it goes on.
struct Run<'a> {
    args: &'a CheckArgs,
    output: &'a Output,
    /// What answers, as output names it.
    target: String,
    options: Options,
    stop: Arc<AtomicBool>,
    /// How many conversations were not played, and why.
    not_played: Option<(usize, &'static str)>,
    checked: Vec<Checked>,
    summary: Summary,
    /// The lines of the JSON report.
    json: Vec<String>,
    exit: Exit,
}

impl Run<'_> {
    fn progress(&self, name: &str, progress: Progress) {
        let (bar, name) = (self.output.bar(), visible(name));
        match progress {
            Progress::Planned(deliveries) => {
                bar.set_length(deliveries);
                bar.set_position(0);
                bar.set_message(name);
            }
            Progress::Played(deliveries) => bar.inc(deliveries),
            Progress::Shrinking(law) => bar.set_message(format!("{name}: {law}, confirming it")),
        }
    }

    fn is_json(&self) -> bool {
        self.args.format == Format::Json
    }

    fn json(&mut self, line: String) {
        if self.is_json() {
            self.output.line(&line);
        }
        self.json.push(line);
    }

    /// Reports a conversation that was checked.
    fn take(&mut self, checked: Checked) -> Result<(), Failed> {
        self.summary.add(&checked, self.args.strict);
        if counts(&checked, self.args) {
            self.exit = self.exit.or(Exit::Broken);
        }
        let is_silent = self.args.quiet && checked.findings.is_empty();
        if !self.is_json() && !is_silent {
            self.output.line(&terminal::conversation_line(&checked, true));
        }
        self.json(json::conversation(&checked));
        if !self.is_json() && !checked.findings.is_empty() {
            self.output.line("");
        }
        for finding in &checked.findings {
            let saved = match save(&self.args.save, finding) {
                Ok(path) => Some(path.display().to_string()),
                Err(failed) => {
                    self.output.error(&failed.message);
                    self.exit = self.exit.or(failed.exit);
                    None
                }
            };
            if !self.is_json() {
                let text = terminal::finding(finding, saved.as_deref(), &checked.target, true);
                self.output.line(&text);
                if self.args.verbose {
                    self.output.line(&saved::text(finding));
                }
            }
            self.json(json::finding(finding, saved.as_deref()));
        }
        if self.args.verbose && !self.is_json() {
            for line in left_out_lines(std::slice::from_ref(&checked)) {
                self.output.line(&format!("          {line}"));
            }
        }
        self.checked.push(checked);
        Ok(())
    }

    /// What was left out, the reports, and the last line.
    fn finish(mut self) -> Result<Exit, Failed> {
        self.output.bar().finish_and_clear();
        let interrupted = self.stop.load(Ordering::Relaxed);
        if interrupted {
            self.exit = self.exit.or(Exit::Interrupted);
        }
        let mut left_out = left_out_lines(&self.checked);
        left_out.extend(self.not_played.map(|(conversations, why)| LeftOutLine {
            what: "whole conversations".to_owned(),
            why: why.to_owned(),
            conversations,
            example: "one conversation".to_owned(),
        }));
        let summary = json::summary(&self.summary, &left_out, interrupted);
        self.json(summary);
        if !self.is_json() {
            for line in &left_out {
                self.output.line(&line.to_string());
            }
            if self.summary.unstable > 0 {
                let unstable = self.summary.unstable;
                self.output.line(&format!("unstable: {unstable} did not show every time"));
            }
            for line in self.overview() {
                self.output.line(&line);
            }
            self.output.line(&format!("target: {}", visible(&self.target)));
        }
        for (kind, path) in &self.args.report {
            if let Err(failed) = write(path, &self.report(*kind)) {
                self.output.error(&failed.message);
                self.exit = self.exit.or(failed.exit);
            }
        }
        let line = self.summary.to_string();
        if self.is_json() {
            self.output.note(&line);
        } else {
            self.output.line(&line);
        }
        Ok(self.exit)
    }

    /// The findings of a long run once more, a line each.
    fn overview(&self) -> Vec<String> {
        const FEW: usize = 3;
        let findings: Vec<_> = self.checked.iter().flat_map(Checked::stable).collect();
        if findings.len() <= FEW || self.args.quiet {
            return Vec::new();
        }
        let line = |finding: &&Finding| {
            let Finding { law, conversation, delivery, .. } = finding;
            format!("found: {:<12} {:<28} {delivery}", law.name(), visible(conversation))
        };
        findings.iter().map(line).collect()
    }

    fn report(&self, kind: ReportKind) -> String {
        match kind {
            ReportKind::Junit => junit::report(&self.target, &self.checked, self.args.strict),
            ReportKind::Json => self.json.join("\n") + "\n",
        }
    }
}
