//! Durations as they are written: `500us`, `20ms`, `2s`, `1.5m`, `1h`.

use std::time::Duration;

/// The longest duration that a script may ask for: everything has a finite time limit.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a duration of at most 24 hours, to the microsecond. `None` if the word is not one.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use recut::text::parse_duration;
///
/// assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
/// assert_eq!(parse_duration("5"), None);
/// ```
pub fn parse_duration(word: &str) -> Option<Duration> {
    let unit_at = word.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = word.split_at(unit_at);
    let micros: u64 = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if fraction.len() > 6 {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(micros)?;
    let scale = 10_u64.pow(fraction.len() as u32);
    let fraction = fraction.parse::<u64>().ok()? * micros / scale;
    let duration = Duration::from_micros(whole.checked_add(fraction)?);
    (duration <= LONGEST).then_some(duration)
}

/// Writes a duration with the largest unit that keeps it whole.
pub fn print_duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    for (unit, size) in [("s", 1_000_000), ("ms", 1_000)] {
        if micros.is_multiple_of(size) {
            return format!("{}{unit}", micros / size);
        }
    }
    format!("{micros}us")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_and_written() {
        for (word, printed) in [
            ("500us", "500us"),
            ("20ms", "20ms"),
            ("2s", "2s"),
            ("1.5m", "90s"),
            ("0.25s", "250ms"),
            ("0.123456s", "123456us"),
            ("24h", "86400s"),
            ("0s", "0s"),
        ] {
            let duration = parse_duration(word).unwrap();
            assert_eq!(print_duration(duration), printed);
            assert_eq!(parse_duration(printed), Some(duration));
        }
    }

    #[test]
    fn words_that_are_not_durations() {
        assert_eq!(parse_duration("0.1234567s"), None, "finer than a microsecond");
        for word in ["", "s", "5", "5 s", "-1s", ".5s", "1.s", "1.2.3s", "2d", "25h", "1e3s"] {
            assert_eq!(parse_duration(word), None, "{word}");
        }
        assert_eq!(parse_duration("99999999999999999999s"), None);
        assert_eq!(parse_duration("18446744073709551615h"), None);
    }
}
