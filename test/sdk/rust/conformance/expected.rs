//! What is told, held to what is expected.

use regex_lite::Regex;
use serde_json::Value;

type Bytes = Option<Vec<u8>>;

/// `data`: the bytes that were told, and those that are expected.
pub fn check(told: &Value, data: Option<(&Bytes, &Bytes)>, expected: &Value) -> Result<(), String> {
    let mut expected = expected.clone();
    if let Some((told, wanted)) = data {
        if told != wanted {
            let length = |bytes: &Bytes| bytes.as_ref().map(Vec::len);
            return Err(format!(
                "the bytes are others: {:?} of them, not {:?}",
                length(told),
                length(wanted)
            ));
        }
        expected
            .as_object_mut()
            .map(|members| members.remove("data"));
    }
    if expected.is_null() {
        return Ok(());
    }
    compare(told, &expected, "result")
}

fn compare(told: &Value, expected: &Value, place: &str) -> Result<(), String> {
    let wrong = || Err(format!("{place} is {told}, not {expected}"));
    match expected {
        Value::Object(members) => match members.iter().next() {
            Some((word, value)) if word.starts_with('$') => by_word(told, (word, value), place),
            _ if !told.is_object() => wrong(),
            _ => members
                .iter()
                .try_for_each(|(name, one)| compare(&told[name], one, &format!("{place}.{name}"))),
        },
        Value::Array(list) => match told.as_array() {
            Some(items) if items.len() == list.len() => items
                .iter()
                .zip(list)
                .enumerate()
                .try_for_each(|(index, (item, one))| {
                    compare(item, one, &format!("{place}.{index}"))
                }),
            _ => wrong(),
        },
        _ if told == expected => Ok(()),
        _ => wrong(),
    }
}

fn by_word(told: &Value, (word, value): (&str, &Value), place: &str) -> Result<(), String> {
    let list = || {
        told.as_array()
            .ok_or_else(|| format!("{place} is {told}, and no list"))
    };
    let fits = match word {
        "$any" => match value.as_str() {
            Some("string") => told.as_str().is_some_and(|text| !text.is_empty()),
            Some("integer") => told.is_i64() || told.is_u64(),
            Some("time") => matches(told, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"),
            _ => return Err(format!("there is no kind {value}")),
        },
        "$matches" => matches(told, value.as_str().unwrap_or_default()),
        "$atLeast" => told.as_i64() >= value.as_i64() && told.is_number(),
        "$length" => Some(list()?.len() as u64) == value.as_u64(),
        "$includes" => return includes(list()?, value, place),
        "$unordered" if Some(list()?.len()) == value.as_array().map(Vec::len) => {
            return includes(list()?, value, place)
        }
        "$unordered" => false,
        _ => return Err(format!("there is no word {word}")),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("{place} is {told}, not as {word} {value}"))
    }
}

fn matches(told: &Value, pattern: &str) -> bool {
    let pattern = Regex::new(pattern).expect("a pattern");
    told.as_str().is_some_and(|text| pattern.is_match(text))
}

fn includes(told: &[Value], expected: &Value, place: &str) -> Result<(), String> {
    let mut left: Vec<_> = told.iter().collect();
    for one in expected.as_array().into_iter().flatten() {
        let fitting = left
            .iter()
            .position(|candidate| compare(candidate, one, place).is_ok());
        left.remove(
            fitting
                .ok_or_else(|| format!("nothing in {place} is as {one}: {}", Value::from(told)))?,
        );
    }
    Ok(())
}

/// A member by its place: `conflicts.0.id`.
pub fn found<'a>(result: &'a Value, place: &str) -> Result<&'a Value, String> {
    let pointer = format!("/{}", place.replace('.', "/"));
    result
        .pointer(&pointer)
        .ok_or_else(|| format!("there is no {place} in {result}"))
}
