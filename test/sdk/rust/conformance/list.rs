//! The cases as data: read, and filled with what is known when a step is carried out.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::{json, Map, Value};

pub type Variables = HashMap<String, Value>;
/// What stands for bytes is `{"$bytes": length}` in the JSON, and the bytes beside it.
pub type Filled = (Value, Option<Vec<u8>>);

pub struct ListedCase {
    pub title: String,
    pub needs: Vec<String>,
    pub steps: Vec<Value>,
}

pub fn cases() -> Vec<ListedCase> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../test/sdk/conformance");
    let mut files: Vec<_> = fs::read_dir(directory)
        .expect("the list")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<ListedCase> {
    let document: Value = serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON");
    let group = file
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let steps = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let made = document["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| {
            let begin = case["begin"]
                .as_str()
                .map(|name| steps(&document["beginnings"][name]))
                .unwrap_or_default();
            ListedCase {
                title: format!("{group}: {}", case["title"].as_str().expect("a title")),
                needs: steps(&case["needs"])
                    .iter()
                    .filter_map(|need| need.as_str().map(str::to_owned))
                    .collect(),
                steps: begin.into_iter().chain(steps(&case["steps"])).collect(),
            }
        });
    made.collect()
}

/// With variables for their names, and bytes for their descriptions.
pub fn filled(value: &Value, variables: &Variables) -> Filled {
    let mut data = None;
    let json = fill(value, variables, &mut data);
    (json, data)
}

fn fill(value: &Value, variables: &Variables, data: &mut Option<Vec<u8>>) -> Value {
    match value {
        Value::String(text) => fill_text(text, variables),
        Value::Array(list) => list.iter().map(|one| fill(one, variables, data)).collect(),
        Value::Object(members) => {
            if let Some(text) = members.get("$string") {
                return Value::String(as_text(fill(text, variables, data)));
            }
            if let Some(bytes) = bytes_of(members, variables) {
                let length = bytes.len();
                *data = Some(bytes);
                return json!({ "$bytes": length });
            }
            members
                .iter()
                .map(|(name, one)| (name.clone(), fill(one, variables, data)))
                .collect()
        }
        other => other.clone(),
    }
}

fn bytes_of(members: &Map<String, Value>, variables: &Variables) -> Option<Vec<u8>> {
    if let Some(text) = members.get("$text") {
        return Some(as_text(fill_text(text.as_str()?, variables)).into_bytes());
    }
    if let Some(hex) = members.get("$hex").and_then(Value::as_str) {
        return (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
            .collect();
    }
    let times = usize::try_from(members.get("times")?.as_u64()?).ok()?;
    Some(members.get("$repeat")?.as_str()?.repeat(times).into_bytes())
}

fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A text that is one variable is that variable's value, of its type.
fn fill_text(text: &str, variables: &Variables) -> Value {
    let whole = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(value) = whole.and_then(|name| variables.get(name)) {
        return value.clone();
    }
    let mut filled = text.to_owned();
    for (name, value) in variables {
        filled = filled.replace(&format!("${{{name}}}"), &as_text(value.clone()));
    }
    Value::String(filled)
}
