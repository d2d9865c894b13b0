//! What the values of options mean.

use std::path::PathBuf;
use std::time::Duration;

use crate::delivery::{Word, contradiction};
use crate::report::ReportKind;
use crate::script::LawWord;
use crate::text::{parse_duration, unescape};

/// The words of a list option.
#[derive(Clone, Debug)]
pub(super) struct List<T>(pub(super) Vec<T>);

/// The bytes of an option.
#[derive(Clone, Debug)]
pub(super) struct Bytes(pub(super) Vec<u8>);

/// One of several shares: the index counts from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shard {
    pub(super) index: u64,
    pub(super) count: u64,
}

pub(super) fn duration(word: &str) -> Result<Duration, String> {
    parse_duration(word)
        .ok_or_else(|| "expected a number and a unit, at most 24h: 500us, 20ms, 2s".to_owned())
}

pub(super) fn budget(word: &str) -> Result<Duration, String> {
    match duration(word)? {
        Duration::ZERO => Err("expected more than 0: without time nothing is played".to_owned()),
        budget => Ok(budget),
    }
}

pub(super) fn bytes(text: &str) -> Result<Bytes, String> {
    unescape(text).map(Bytes).map_err(|bad| {
        format!("`{}` is no escape: expected {}", &text[bad.start..bad.end], bad.expected)
    })
}

pub(super) fn definition(text: &str) -> Result<(String, Vec<u8>), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !is_name {
        return Err(format!("`{name}` is no name of a variable: letters, digits and `_`"));
    }
    Ok((name.to_owned(), value.as_bytes().to_vec()))
}

fn words<T, E: std::fmt::Display>(list: &str) -> Result<List<T>, String>
where
    T: std::str::FromStr<Err = E>,
{
    let words = list.split([',', ' ']).filter(|word| !word.is_empty());
    let parsed: Result<Vec<T>, String> =
        words.map(|word| word.parse().map_err(|why| format!("`{word}`: {why}"))).collect();
    match parsed {
        Ok(words) if words.is_empty() => Err("expected at least one word".to_owned()),
        parsed => parsed.map(List),
    }
}

pub(super) fn deliveries(list: &str) -> Result<List<Word>, String> {
    let list: List<Word> = words(list)?;
    match contradiction(&list.0) {
        Some(found) => Err(found.to_string()),
        None => Ok(list),
    }
}

pub(super) fn laws(list: &str) -> Result<List<LawWord>, String> {
    words(list)
}

pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text
        .split_once('/')
        .and_then(|(index, count)| Some((index.parse::<u64>().ok()?, count.parse::<u64>().ok()?)));
    match numbers {
        Some((index, count)) if (1..=count).contains(&index) => Ok(Shard { index, count }),
        _ => Err("expected I/N with 1 <= I <= N".to_owned()),
    }
}

pub(super) fn report(text: &str) -> Result<(ReportKind, PathBuf), String> {
    let (name, file) = text.split_once('=').unwrap_or_default();
    match ReportKind::named(name) {
        Some(kind) if !file.is_empty() => Ok((kind, file.into())),
        _ => {
            let kinds = ReportKind::ALL.iter().map(|kind| format!("{}=FILE", kind.name));
            Err(format!("expected {}", kinds.collect::<Vec<_>>().join(" or ")))
        }
    }
}
