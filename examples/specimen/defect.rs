//! The modes of the specimen, by name.

/// What is wrong, or unusual, with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    OneRead,
    Glued,
    CutCharacter,
    LongIncomplete,
    TwoCuts,
    FinRides,
    Flood,
    Wedge,
    Serial,
    Spin,
    Leak,
    Crash,
    ResetUnread,
    Timer,
    SlowClose,
}

/// A name and what it stands for.
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) defect: Defect,
    /// Some are unusual and right: a harness must not accuse them.
    pub(crate) is_defect: bool,
    pub(crate) about: &'static str,
}

const fn wrong(name: &'static str, defect: Defect, about: &'static str) -> Mode {
    Mode { name, defect, is_defect: true, about }
}

const fn right(name: &'static str, defect: Defect, about: &'static str) -> Mode {
    Mode { name, defect, is_defect: false, about }
}

/// All of them, in the order of `--list`.
pub(crate) const MODES: &[Mode] = &[
    wrong("one-read", Defect::OneRead, "takes one read for one line"),
    wrong("glued", Defect::Glued, "loses the complete lines behind the first one of a read"),
    wrong("cut-character", Defect::CutCharacter, "decodes each read on its own"),
    wrong("long-incomplete", Defect::LongIncomplete, "limits the length of incomplete lines only"),
    wrong("two-cuts", Defect::TwoCuts, "keeps only the last two reads of a line"),
    wrong("fin-rides", Defect::FinRides, "loses the answer to what the FIN rides along with"),
    wrong("flood", Defect::Flood, "takes the end of the stream for empty lines, for ever"),
    wrong("wedge", Defect::Wedge, "serves nobody any more after a client vanished within a line"),
    wrong("serial", Defect::Serial, "serves one client at a time"),
    wrong("spin", Defect::Spin, "burns a core for each client that left without quit"),
    wrong("leak", Defect::Leak, "leaks a descriptor for each connection"),
    wrong("crash", Defect::Crash, "aborts when a line is cut behind its first byte"),
    wrong("reset-unread", Defect::ResetUnread, "closes behind bulk and quit with bytes unread"),
    right("timer", Defect::Timer, "answers slow 100 ms late, from a timer thread"),
    right("slow-close", Defect::SlowClose, "closes 100 ms after its bye"),
];
