//! The text around the message.

use ::base64::{Engine, engine::general_purpose::STANDARD};

/// The text is not base64 as signed content §2 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not base64 in the standard alphabet with padding")]
pub struct NotBase64;

/// Decodes the standard alphabet with padding (RFC 4648 §4); ASCII space, tab, CR and LF are passed
/// over, nothing else is.
///
/// # Errors
/// [`NotBase64`], also when bits after the last octet are set: one message has one text.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64> {
    let is_space = |octet: &u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
    let compact: Vec<u8> = text.bytes().filter(|octet| !is_space(octet)).collect();
    STANDARD.decode(compact).map_err(|_| NotBase64)
}

/// Encodes in the standard alphabet with padding, on one line.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

/// Undoes what a URL does to base64: a space that was `+`, the URL-safe alphabet, line breaks,
/// missing padding.
///
/// For the entry pages only; the JSON routes take the text as it is. What is beyond repair comes
/// out as something [`decode`] refuses.
#[must_use]
pub fn repair_url(text: &str) -> String {
    let mut repaired: String = text
        .chars()
        .filter(|character| !matches!(character, '\r' | '\n'))
        .map(|character| match character {
            ' ' | '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let missing = match repaired.len() % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    };
    repaired.push_str(missing);
    repaired
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_but_for_white_space() {
        // signed content §2, decisions §1 "Which base64"
        for (text, expected) in [
            ("", Ok(&b""[..])),
            ("YWI=", Ok(b"ab")),
            (" Y\tW\r\nI = ", Ok(b"ab")),
            ("+/+/", Ok(&[0xfb, 0xff, 0xbf])),
            ("YWI", Err(NotBase64)),
            ("YWI==", Err(NotBase64)),
            ("YW=I", Err(NotBase64)),
            ("YWJ=", Err(NotBase64)),
            ("-_-_", Err(NotBase64)),
            ("YW\u{a0}I=", Err(NotBase64)),
            ("YW\u{b}I=", Err(NotBase64)),
            ("YWI=YWI=", Err(NotBase64)),
            ("{\"a\":1}", Err(NotBase64)),
        ] {
            assert_eq!(
                decode(text).as_deref(),
                expected.as_ref().map(|octets| *octets),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_a_url_does_is_undone() {
        // signup §2.2, decisions §1 "Which base64"
        for (text, expected) in [
            ("YWI=", "YWI="),
            ("YWI", "YWI="),
            ("YQ", "YQ=="),
            ("YQ=", "YQ=="),
            (" / /", "+/+/"),
            ("-_-_", "+/+/"),
            ("YW\r\nI=", "YWI="),
            ("", ""),
        ] {
            assert_eq!(repair_url(text), expected, "{text:?}");
        }
        for hopeless in ["Y", "YWI==", "YWI===", "YW!I", "Привіт"] {
            assert!(decode(&repair_url(hopeless)).is_err(), "{hopeless:?}");
        }
    }
}
