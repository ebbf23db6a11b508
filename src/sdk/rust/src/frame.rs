//! Messages on the wire: two lengths (u32, big-endian), the JSON, the raw bytes of its member `data`.
//!
//! A reader allocates nothing for a frame over the limits; after `Malformed` the stream has no boundary that could be
//! trusted, and the connection must be closed.

use serde::{Serialize, Serializer};

/// The version that this client speaks; an owner must speak the same.
pub(crate) const PROTOCOL_VERSION: u64 = 1;
/// How much one call carries, bytes.
pub(crate) const MAX_DATA_BYTES: usize = 4 * 1024 * 1024;
const MAX_JSON_BYTES: usize = 32 * 1024 * 1024;
const HEAD_BYTES: usize = 8;
const BUFFER_BYTES: usize = 64 * 1024;

/// What stands in the JSON for the bytes beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ByteMark(pub(crate) usize);

impl Serialize for ByteMark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Mark {
            #[serde(rename = "$bytes")]
            bytes: usize,
        }
        Mark { bytes: self.0 }.serialize(serializer)
    }
}

/// The beginning of a frame: everything but the bytes, which are sent after it.
pub(crate) fn encode(message: &impl Serialize, data_length: usize) -> serde_json::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(256);
    head.resize(HEAD_BYTES, 0);
    serde_json::to_writer(&mut head, message)?;
    let json_length = head.len() - HEAD_BYTES;
    head[..4].copy_from_slice(&length_bytes(json_length));
    head[4..HEAD_BYTES].copy_from_slice(&length_bytes(data_length));
    Ok(head)
}

fn length_bytes(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// One message as it came.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Frame {
    pub(crate) json: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// What came is no frame.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed;

struct Partial {
    frame: Frame,
    /// Of the JSON, then of the data.
    filled: usize,
}

/// Cuts frames out of a stream: read into `space`, tell how much with `advance`, take frames until there is none.
pub(crate) struct FrameReader {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    partial: Option<Partial>,
    /// The last `space` was the frame's own.
    direct: bool,
}

impl FrameReader {
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; BUFFER_BYTES].into(), start: 0, end: 0, partial: None, direct: false }
    }

    /// Where to read to: a large rest of a frame goes where it belongs, without a copy.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.direct = false;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if let Some(rest) = self.partial.as_mut().map(Partial::rest) {
                if rest.len() >= BUFFER_BYTES {
                    self.direct = true;
                    return rest;
                }
            }
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        &mut self.buffer[self.end..]
    }

    /// So much was read to what the last `space` returned.
    pub(crate) fn advance(&mut self, length: usize) {
        match &mut self.partial {
            Some(partial) if self.direct => partial.filled += length,
            _ => self.end += length,
        }
    }

    pub(crate) fn next(&mut self) -> Result<Option<Frame>, Malformed> {
        if self.partial.is_none() {
            let Some(head) = self.buffer[self.start..self.end].first_chunk::<HEAD_BYTES>() else {
                return Ok(None);
            };
            let [json, data] =
                [0, 4].map(|at| head[at..at + 4].iter().fold(0, |length, &byte| (length << 8) | usize::from(byte)));
            if json == 0 || json > MAX_JSON_BYTES || data > MAX_DATA_BYTES {
                return Err(Malformed);
            }
            self.start += HEAD_BYTES;
            let frame = Frame { json: vec![0; json], data: vec![0; data] };
            self.partial = Some(Partial { frame, filled: 0 });
        }
        let Some(partial) = &mut self.partial else { return Ok(None) };
        while self.start < self.end && !partial.rest().is_empty() {
            let rest = partial.rest();
            let taken = rest.len().min(self.end - self.start);
            rest[..taken].copy_from_slice(&self.buffer[self.start..self.start + taken]);
            self.start += taken;
            partial.filled += taken;
        }
        if !partial.rest().is_empty() {
            return Ok(None);
        }
        Ok(self.partial.take().map(|partial| partial.frame))
    }
}

impl Partial {
    /// What is missing of the part that comes next; empty where nothing is.
    fn rest(&mut self) -> &mut [u8] {
        let json_length = self.frame.json.len();
        if self.filled < json_length {
            &mut self.frame.json[self.filled..]
        } else {
            &mut self.frame.data[self.filled - json_length..]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(json: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes =
            encode(&serde_json::from_str::<serde_json::Value>(json).expect("json"), data.len()).expect("json");
        bytes.extend_from_slice(data);
        bytes
    }

    /// Feeds the stream in pieces of at most `size` bytes.
    fn cut(stream: &[u8], size: usize) -> Vec<Frame> {
        let mut reader = FrameReader::new();
        let mut frames = Vec::new();
        let mut left = stream;
        while !left.is_empty() {
            let space = reader.space();
            let taken = space.len().min(size).min(left.len());
            space[..taken].copy_from_slice(&left[..taken]);
            reader.advance(taken);
            left = &left[taken..];
            while let Some(frame) = reader.next().expect("a frame") {
                frames.push(frame);
            }
        }
        frames
    }

    #[test]
    fn frames_come_out_as_they_went_in_however_the_stream_is_cut() {
        let large: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        let parts: [(&str, &[u8]); 4] = [("{\"a\":1}", b""), ("[2]", b"bytes"), ("3", &large), ("4", b"")];
        let stream: Vec<u8> = parts.iter().flat_map(|(json, data)| frame(json, data)).collect();
        for size in [1, 7, 8, 9, 4096, 65_536, 100_000, usize::MAX] {
            let frames = cut(&stream, size);
            assert_eq!(frames.len(), parts.len(), "in pieces of {size}");
            for (frame, (json, data)) in frames.iter().zip(parts) {
                assert_eq!(frame.json, json.as_bytes());
                assert!(frame.data == data, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn lengths_over_the_limits_are_refused_before_anything_is_allocated() {
        for head in [[0; 8], [255; 8], [0, 0, 0, 1, 1, 0, 0, 0]] {
            let mut reader = FrameReader::new();
            reader.space()[..8].copy_from_slice(&head);
            reader.advance(8);
            assert_eq!(reader.next(), Err(Malformed));
        }
    }

    #[test]
    fn bytes_are_marked_by_their_length() {
        assert_eq!(serde_json::to_string(&ByteMark(5)).expect("json"), "{\"$bytes\":5}");
    }
}
