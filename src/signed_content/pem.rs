//! PEM, the textual encoding of certificates and keys (RFC 7468).

use super::base64;

/// The blocks of a PEM file with their labels (RFC 7468 §2); text around them is passed over. None
/// when a block is broken or there is none.
pub(super) fn blocks(text: &str) -> Option<Vec<(&str, Vec<u8>)>> {
    let mut blocks = vec![];
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (label, begun) = begun.split_once("-----")?;
        let (body, after) = begun.split_once(&format!("-----END {label}-----"))?;
        blocks.push((label, base64::decode(body).ok()?));
        rest = after;
    }
    (!blocks.is_empty()).then_some(blocks)
}

/// One block, in lines of 64 characters.
pub(super) fn block(label: &str, der: &[u8]) -> String {
    let text = base64::encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            out.push('\n');
        }
        out.push(character);
    }
    out.push_str(&format!("\n-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        for length in [0, 1, 47, 48, 49, 96, 97] {
            let der = vec![7; length];
            let text = block("PRIVATE KEY", &der);
            assert!(text.lines().all(|line| line.len() <= 64), "{text}");
            assert_eq!(blocks(&text), Some(vec![("PRIVATE KEY", der)]));
        }
        assert_eq!(blocks("-----BEGIN PRIVATE KEY-----"), None);
    }
}
