//! Closed sets of words, as enums that a newer owner's words do not break.

/// An enum of words: what serde reads and writes is the word, and one that is not known here is `Unknown`.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] $variant,)+
            /// A word that only a newer owner knows.
            Unknown,
        }

        impl $name {
            /// The word as the protocol and the command line have it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown => "unknown",
                }
            }

            fn of(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    _ => Self::Unknown,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(crate::words::Reader(Self::of))
            }
        }
    };
}
pub(crate) use words;

/// Reads a word without keeping it.
pub(crate) struct Reader<T>(pub(crate) fn(&str) -> T);

impl<T> serde::de::Visitor<'_> for Reader<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a word")
    }

    fn visit_str<E>(self, word: &str) -> Result<T, E> {
        Ok((self.0)(word))
    }
}

#[cfg(test)]
mod tests {
    use crate::models::{ConflictType, SyncMode};

    #[test]
    fn a_word_is_read_and_written_as_the_protocol_has_it() {
        let read: SyncMode = serde_json::from_str("\"real-time\"").expect("a word");
        assert_eq!(read, SyncMode::RealTime);
        assert_eq!(serde_json::to_string(&read).expect("json"), "\"real-time\"");
        assert_eq!(ConflictType::DeleteModify.to_string(), "delete/modify");
    }

    #[test]
    fn a_word_of_a_newer_owner_is_unknown_and_no_error() {
        let read: SyncMode = serde_json::from_str("\"telepathic\"").expect("a word");
        assert_eq!(read, SyncMode::Unknown);
        assert!(serde_json::from_str::<SyncMode>("5").is_err());
    }
}
