//! `recut check`

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use super::args::CheckArgs;
use super::bless;
use super::load::conversations;
use super::output::Output;
use super::progress::ProgressView;
use super::reports::Reports;
use super::save::Folder;
use super::signals::interrupts;
use super::target::{name, options, targets};
use super::{Exit, Failed};
use crate::check::{Checked, Finding, Options, Progress, check};
use crate::peer::Target;
use crate::report::{ConversationVerdict, OmissionLine, OmissionTable, ReportEvent, Summary};
use crate::script::Conversation;
use crate::text::visible;

/// Why conversations were not played after a signal.
const INTERRUPTED: &str = "interrupted";

pub(super) fn run(args: &CheckArgs, output: &Output) -> Result<Exit, Failed> {
    if let Some(failed) = Reports::contradiction(args) {
        return Err(failed);
    }
    if let Some(failed) = bless::contradiction(args).filter(|_| args.bless) {
        return Err(failed);
    }
    let mut conversations = conversations(args, output)?;
    if let Some(failed) = Reports::destroys(args, &conversations) {
        return Err(failed);
    }
    let options = plan(args);
    if let Some(idle) = conversations.iter().find(|one| options.judges_nothing(one)) {
        return Err(Failed::usage(format!(
            "{}: `laws` and --laws leave nothing to judge: name a law, or remove fewer of them",
            visible(&idle.name)
        )));
    }
    let builtin = args.paths.is_empty() && args.send.is_none();
    let targets = match targets(&args.common, &mut conversations, builtin) {
        Err(failed) if failed.exit == Exit::Usage => return Err(failed),
        targets => targets,
    };
    if args.bless {
        return bless::run(args, &conversations, &targets?, &options, output);
    }
    // From here on the last line is told, whatever happens: the scripts are in order.
    let mut reports = Reports::new(args, output);
    let folder = Folder::open(args.save.as_deref());
    let opened = reports.open(args).and(folder).and_then(|folder| Ok((folder, interrupts()?)));
    let target = match &targets {
        Ok(targets) => name(targets),
        Err(_) => args.common.target.connect.clone().unwrap_or_default(),
    };
    let mut run = CheckRun {
        args,
        output,
        reports,
        summary: Summary { seed: args.seed, ..Summary::default() },
        exit: Exit::Held,
    };
    let (seed, count) = (args.seed, conversations.len());
    // A clock before the epoch is no reason to stop.
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    run.tell(&ReportEvent::Start { target: &target, seed, conversations: count, started });
    match (opened, targets) {
        (Err(failed), _) => {
            run.fail(&failed.message, failed.exit);
            run.tell(&ReportEvent::Error { conversation: None, message: &failed.message });
        }
        (Ok(_), Err(failed)) => {
            run.fail(&failed.message, failed.exit);
            for conversation in &conversations {
                run.unreachable(conversation, &failed.message);
            }
        }
        (Ok((folder, stop)), Ok(targets)) => {
            let view = ProgressView::new(output, args.quiet);
            view.during(|| run.play(&conversations, targets, &options, &folder, &view, &stop));
        }
    }
    Ok(run.finish())
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
        one_way: args.one_way,
        ..options(&args.common)
    }
}

/// What is known of a target.
#[derive(Clone, Debug)]
enum Standing {
    /// It was not used yet.
    Unused,
    /// It was there when a conversation began.
    Reached,
    /// It was there, and is gone or serves nobody any more.
    Lost,
    /// It can't be started or reached, and why.
    Unreachable(String),
}

/// Which target each conversation has, as a number: conversations with the same one share it.
fn target_numbers(targets: &[Arc<Target>]) -> Vec<usize> {
    let first = |target| targets.iter().position(|other| Arc::ptr_eq(other, target));
    targets.iter().filter_map(first).collect()
}

/// A check while it goes on.
struct CheckRun<'a> {
    args: &'a CheckArgs,
    output: &'a Output,
    reports: Reports<'a>,
    summary: Summary,
    exit: Exit,
}

impl CheckRun<'_> {
    /// Plays all conversations but those whose target is lost.
    fn play(
        &mut self,
        conversations: &[Conversation],
        targets: Vec<Arc<Target>>,
        options: &Options,
        folder: &Folder,
        view: &ProgressView<'_>,
        stop: &AtomicBool,
    ) {
        let numbers = target_numbers(&targets);
        let mut standings = vec![Standing::Unused; targets.len()];
        let is_stopped = || stop.load(Ordering::Relaxed);
        let start = Instant::now();
        let mut is_over = false;
        // Each conversation lets go of its target: a server that no other needs is stopped.
        for (place, (conversation, target)) in conversations.iter().zip(targets).enumerate() {
            let standing = &mut standings[numbers[place]];
            let why_not = match standing {
                _ if is_stopped() => Some(INTERRUPTED),
                _ if is_over => Some("--fail-fast"),
                Standing::Lost => Some("the server is lost"),
                Standing::Unreachable(message) => {
                    self.unreachable(conversation, message);
                    continue;
                }
                Standing::Unused | Standing::Reached => None,
            };
            if let Some(why) = why_not {
                self.leave_out(&OmissionLine::not_played(&conversation.name, why));
                continue;
            }
            view.begin(place + 1, conversations.len(), &conversation.name);
            let is_alone = options.jobs.is_none() && !target.abilities().virtual_time;
            view.hint_at_jobs(is_alone);
            let (run, told) = (Mutex::new(&mut *self), AtomicUsize::new(0));
            // What is found is worth most while somebody waits for it.
            let progress = |progress: Progress<'_>| {
                view.take(progress);
                if let Progress::Found(finding) = progress {
                    let mut run = run.lock().unwrap_or_else(PoisonError::into_inner);
                    run.found(finding, folder);
                    told.fetch_add(1, Ordering::Relaxed);
                }
            };
            let checked = check(&target, conversation, options, stop, &progress);
            let told = told.into_inner();
            match checked {
                Ok(checked) => {
                    *standing =
                        if checked.target_lost { Standing::Lost } else { Standing::Reached };
                    is_over = self.args.fail_fast && self.counts(&checked);
                    self.take(&checked, told, folder);
                }
                Err(_) if is_stopped() => {
                    self.leave_out(&OmissionLine::not_played(&conversation.name, INTERRUPTED));
                }
                Err(error) => {
                    let message = error.to_string();
                    // A target that was there has died.
                    let exit = match standing {
                        Standing::Reached => Exit::Broken,
                        _ => Exit::Unreachable,
                    };
                    self.fail(&message, exit);
                    self.unreachable(conversation, &message);
                    *standing = Standing::Unreachable(message);
                }
            }
        }
        self.summary.elapsed = start.elapsed();
        self.summary.interrupted = is_stopped();
    }

    /// Whether the check of a conversation failed.
    fn counts(&self, checked: &Checked) -> bool {
        checked.stable().next().is_some() || (self.args.strict && !checked.findings.is_empty())
    }

    fn tell(&mut self, event: &ReportEvent<'_>) {
        self.exit = self.exit.or(self.reports.tell(event));
    }

    /// Says on stderr what went wrong.
    fn fail(&mut self, message: &str, exit: Exit) {
        self.output.error(message);
        self.exit = self.exit.or(exit);
    }

    /// Reports that a conversation could not be played.
    fn unreachable(&mut self, conversation: &Conversation, message: &str) {
        let name = conversation.name.as_str();
        let line = OmissionLine::not_played(name, "the target can't be started or reached");
        self.summary.left_out.add(&line);
        self.summary.not_reached += 1;
        self.tell(&ReportEvent::Error { conversation: Some(name), message });
    }

    fn leave_out(&mut self, line: &OmissionLine) {
        self.summary.left_out.add(line);
        self.tell(&ReportEvent::LeftOut(line));
    }

    /// Reports a finding, and saves it.
    fn found(&mut self, finding: &Finding, folder: &Folder) {
        let saved = match folder.save(finding) {
            Ok(path) => Some(path.display().to_string()),
            Err(failed) => {
                self.fail(&failed.message, failed.exit);
                None
            }
        };
        let (target, saved) = (finding.options.as_str(), saved.as_deref());
        self.tell(&ReportEvent::Finding { finding, target, saved });
    }

    /// Reports a conversation that was checked, of which so many findings were told already.
    fn take(&mut self, checked: &Checked, told: usize, folder: &Folder) {
        checked.findings.iter().skip(told).for_each(|finding| self.found(finding, folder));
        self.summary.add(checked, self.args.strict);
        if self.counts(checked) {
            self.exit = self.exit.or(Exit::Broken);
        }
        if ConversationVerdict::of(checked) == ConversationVerdict::Unchecked {
            self.exit = self.exit.or(Exit::Unreachable);
        }
        if let Some(error) = &checked.error {
            // It was there, and died.
            self.fail(error, Exit::Broken);
        }
        self.tell(&ReportEvent::Conversation(checked));
        OmissionTable::of(checked).lines().for_each(|line| self.leave_out(line));
    }

    /// Ends the reports.
    fn finish(mut self) -> Exit {
        self.output.bar().finish_and_clear();
        if self.summary.interrupted {
            self.exit = self.exit.or(Exit::Interrupted);
        }
        let last = self.reports.tell(&ReportEvent::Summary(&self.summary));
        self.exit.or(last)
    }
}
