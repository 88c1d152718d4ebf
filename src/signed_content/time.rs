//! Times as certificates and messages write them.

use chrono::{DateTime, NaiveDate, Utc};

use super::der::{DerError, Tlv, tag};

/// Reads `YYMMDDHHMMSSZ` (UTCTime, 1950 to 2049) or `YYYYMMDDHHMMSSZ` (GeneralizedTime), nothing
/// else (signed content §10 rule 8).
///
/// # Errors
/// [`DerError::Tag`] for another type, [`DerError::Value`] for another form or a moment that is not
/// in the calendar.
pub fn read(tlv: Tlv<'_>) -> Result<DateTime<Utc>, DerError> {
    let year_digits = match tlv.tag {
        tag::UTC_TIME => 2,
        tag::GENERALIZED_TIME => 4,
        _ => return Err(DerError::Tag),
    };
    let Some((b'Z', digits)) = tlv.value.split_last() else {
        return Err(DerError::Value);
    };
    let (year, rest) = digits
        .split_at_checked(year_digits)
        .ok_or(DerError::Value)?;
    let year = number(year)?;
    let year = match (year_digits, year) {
        (2, 0..50) => 2000 + year,
        (2, _) => 1900 + year,
        _ => year,
    };
    let &[m1, m2, d1, d2, h1, h2, min1, min2, s1, s2] = rest else {
        return Err(DerError::Value);
    };
    let [month, day, hour, minute, second] = [
        number(&[m1, m2])?,
        number(&[d1, d2])?,
        number(&[h1, h2])?,
        number(&[min1, min2])?,
        number(&[s1, s2])?,
    ];
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .and_then(|date| date.and_hms_opt(hour, minute, second))
        .map(|moment| moment.and_utc())
        .ok_or(DerError::Value)
}

fn number(digits: &[u8]) -> Result<u32, DerError> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + u32::from(digit - b'0')),
        _ => Err(DerError::Value),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{der::Reader, der_write::value};
    use super::*;

    #[test]
    fn two_forms_and_nothing_else() {
        // signed content §10 rule 8
        for (tag, text, expected) in [
            (tag::UTC_TIME, "260615100000Z", Some("2026-06-15T10:00:00Z")),
            (tag::UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (tag::UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (
                tag::GENERALIZED_TIME,
                "20500101000000Z",
                Some("2050-01-01T00:00:00Z"),
            ),
            (tag::UTC_TIME, "2606151000Z", None),
            (tag::UTC_TIME, "260615100000+0300", None),
            (tag::UTC_TIME, "260615100000", None),
            (tag::UTC_TIME, "260615100060Z", None),
            (tag::UTC_TIME, "260230100000Z", None),
            (tag::UTC_TIME, "26O615100000Z", None),
            (tag::UTC_TIME, "20260615100000Z", None),
            (tag::GENERALIZED_TIME, "20260615100000.5Z", None),
            (tag::GENERALIZED_TIME, "", None),
            (tag::UTF8_STRING, "260615100000Z", None),
        ] {
            let encoded = value(tag, &[text.as_bytes()]);
            let read = read(Reader::only(&encoded).unwrap()).ok();
            assert_eq!(read, expected.map(|at| at.parse().unwrap()), "{text}");
        }
    }
}
