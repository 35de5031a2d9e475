//! Check digits of VAT numbers, by country.
//!
//! The rules are those of the European Commission's VIES algorithms, in the words of python-stdnum (`stdnum.eu.vat` and what it
//! calls), whose test numbers are public. Countries that share the number with their register are in [`crate::identifier`].

use crate::digits::number;
use crate::identifier::{
    digit_values, is_be_kbo, is_ch_uid, is_cz_ico, is_dk_cvr, is_es_nif, is_fi_ytunnus, is_it_vat, is_no_orgnr,
    is_pl_nip, is_pt_nif, is_se_orgnr, mod_11_10, mod_97, weighted_sum,
};

/// Whether what follows the prefix passes the check of its country. The shape is known to be right.
pub(crate) fn passes(prefix: &str, rest: &str) -> bool {
    let first = |length: usize| rest.get(..length).unwrap_or_default();
    match prefix {
        "AT" => austrian(rest.get(1..).unwrap_or_default()),
        "BE" => is_be_kbo(rest),
        "BG" => bulgarian(rest),
        "CH" => is_ch_uid(rest.get(1..10).unwrap_or_default()),
        "CY" => cypriot(rest),
        "CZ" => czech(rest),
        "DE" => !rest.starts_with('0') && mod_11_10(rest),
        "DK" => is_dk_cvr(rest),
        "EE" => is_multiple(rest, &[3, 7, 1, 3, 7, 1, 3, 7, 1], 10),
        "EL" => remainder_is_last(rest, &[256, 128, 64, 32, 16, 8, 4, 2]),
        "ES" => is_es_nif(rest),
        "FI" => is_fi_ytunnus(rest),
        "GB" | "XI" => british(rest),
        "HR" => mod_11_10(rest),
        "HU" => is_multiple(rest, &[9, 7, 3, 1, 9, 7, 3, 1], 10),
        "IE" => irish(rest),
        "IT" => is_it_vat(rest),
        "LT" => lithuanian(rest),
        "LU" => number(first(6))
            .zip(number(rest.get(6..).unwrap_or_default()))
            .is_some_and(|(body, check)| body % 89 == check),
        "LV" => latvian(rest),
        "MT" => is_multiple(rest, &[3, 4, 6, 7, 8, 9, 10, 1], 37),
        "NL" => dutch(rest),
        "NO" => is_no_orgnr(first(9)),
        "PL" => is_pl_nip(rest),
        "PT" => is_pt_nif(rest),
        "RO" => romanian(rest),
        "SE" => is_se_orgnr(first(10)) && !rest.ends_with("00"),
        "SI" => slovenian(rest),
        "SK" => slovak(rest),
        _ => false,
    }
}

/// Whether the weighted sum of the digits is a multiple, and not all are zero.
fn is_multiple(digits: &str, weights: &[u32], modulus: u32) -> bool {
    weighted_sum(digits, weights).is_some_and(|sum| sum > 0 && sum.is_multiple_of(modulus))
}

/// Whether the weighted sum of the digits, modulo 11 and 10, is the last one.
fn remainder_is_last(digits: &str, weights: &[u32]) -> bool {
    let last = digits.chars().next_back().and_then(|last| last.to_digit(10));
    weighted_sum(digits, weights).zip(last).is_some_and(|(sum, last)| sum > 0 && sum % 11 % 10 == last)
}

fn austrian(digits: &str) -> bool {
    let Some(values) = digit_values(digits) else { return false };
    let Some((check, body)) = values.split_last() else { return false };
    let weighed = body.iter().enumerate().map(|(place, digit)| match place % 2 {
        0 => *digit,
        _ => digit / 5 + 2 * digit % 10,
    });
    (96 - weighed.sum::<u32>()) % 10 == *check
}

/// Nine digits of a company; ten of a person, of a foreigner or of another taxpayer.
fn bulgarian(digits: &str) -> bool {
    let last = digits.chars().next_back().and_then(|last| last.to_digit(10));
    let rest = |weights: &[u32], modulus: u32| weighted_sum(digits, weights).map(|sum| sum % modulus);
    if digits.len() == 9 {
        return match rest(&[1, 2, 3, 4, 5, 6, 7, 8], 11) {
            Some(10) => rest(&[3, 4, 5, 6, 7, 8, 9, 10], 11).map(|rest| rest % 10) == last,
            found => found == last,
        };
    }
    let of_person = rest(&[2, 4, 8, 5, 10, 9, 7, 3, 6], 11).map(|rest| rest % 10);
    let of_foreigner = rest(&[21, 19, 17, 13, 11, 9, 7, 3, 1], 10);
    let of_other = rest(&[4, 3, 2, 7, 6, 5, 4, 3, 2], 11).map(|rest| (11 - rest) % 11);
    [of_person, of_foreigner, of_other].contains(&last)
}

/// Digits in odd places have values of their own; the sum modulo 26 is the letter.
fn cypriot(rest: &str) -> bool {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let Some(values) = rest.get(..8).and_then(digit_values) else { return false };
    let value = |(place, digit): (usize, &u32)| match place % 2 {
        0 => ODD.get(*digit as usize).copied().unwrap_or(0),
        _ => *digit,
    };
    let sum: u32 = values.iter().enumerate().map(value).sum();
    let letter = char::from_u32(u32::from('A') + sum % 26);
    !rest.starts_with("12") && rest.chars().next_back() == letter
}

/// Eight digits of a company; nine or ten of a person, those of nine with a check only if they begin with 6.
fn czech(digits: &str) -> bool {
    let Some(values) = digit_values(digits) else { return false };
    match values.as_slice() {
        [first, ..] if values.len() == 8 => *first != 9 && is_cz_ico(digits),
        [6, body @ .., last] if values.len() == 9 => {
            let sum: u32 = body.iter().zip([8, 7, 6, 5, 4, 3, 2]).map(|(digit, weight)| digit * weight).sum();
            (8 + sum % 11) % 10 == *last
        }
        _ if values.len() == 9 => true,
        _ => {
            let body = digits.get(..9).and_then(number);
            let last = values.last().map(|last| u64::from(*last));
            number(digits).is_some_and(|number| number > 0 && number.is_multiple_of(11))
                || body.map(|body| body % 11 % 10) == last && body.is_some_and(|body| body % 11 == 10)
        }
    }
}

/// The sum of nine digits modulo 97 is 0, or 42 in the newer numbers; government departments and health authorities have three.
fn british(rest: &str) -> bool {
    match rest.split_at_checked(2) {
        Some(("GD", number)) => number < "500",
        Some(("HA", number)) => number >= "500",
        _ => {
            let sum = weighted_sum(rest, &[8, 7, 6, 5, 4, 3, 2, 10, 1]);
            sum.is_some_and(|sum| sum > 0 && matches!(sum % 97, 0 | 42 | 55))
        }
    }
}

/// Seven digits and a letter, a second one counting too; in old numbers the second character is a letter or a sign.
fn irish(rest: &str) -> bool {
    const LETTERS: &[u8] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let is_old = rest.as_bytes().get(1).is_some_and(|second| !second.is_ascii_digit());
    let (digits, check, second) = match is_old {
        true => {
            let (Some(middle), Some(first)) = (rest.get(2..7), rest.get(..1)) else { return false };
            (format!("0{middle}{first}"), rest.as_bytes().get(7), None)
        }
        false => (rest.get(..7).unwrap_or_default().to_owned(), rest.as_bytes().get(7), rest.as_bytes().get(8)),
    };
    let value = |letter: &u8| LETTERS.iter().position(|known| known == letter);
    let more = match second.map(value) {
        None => 0,
        Some(Some(value)) => 9 * value,
        Some(None) => return false,
    };
    let sum = weighted_sum(&digits, &[8, 7, 6, 5, 4, 3, 2]).map(|sum| (sum as usize + more) % 23);
    sum.is_some() && check.and_then(value) == sum
}

/// Nine digits of a company, twelve of a temporary one; the last but one is 1.
fn lithuanian(digits: &str) -> bool {
    let Some(values) = digit_values(digits) else { return false };
    let [body @ .., one, last] = values.as_slice() else { return false };
    let sum = |shift: usize| -> u32 {
        let all = body.iter().chain([one]);
        all.enumerate().map(|(place, digit)| digit * (1 + (place + shift) as u32 % 9)).sum()
    };
    let check = match sum(0) % 11 {
        10 => sum(2) % 11 % 10,
        rest => rest,
    };
    *one == 1 && check == *last
}

/// Eleven digits: of a company, which begin with 4 or more, or of a person.
fn latvian(digits: &str) -> bool {
    if digits.starts_with(|first: char| first > '3') {
        return weighted_sum(digits, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]).is_some_and(|sum| sum % 11 == 3);
    }
    let last = digits.chars().next_back().and_then(|last| last.to_digit(10));
    let sum = weighted_sum(digits, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
    digits.starts_with("32") || sum.zip(last).is_some_and(|(sum, last)| (1 + sum) % 11 % 10 == last)
}

/// The nine digits of a company pass a check modulo 11; the whole number of a sole trader, with `NL`, one modulo 97.
fn dutch(rest: &str) -> bool {
    let Some(values) = rest.get(..9).and_then(digit_values) else { return false };
    let Some((check, body)) = values.split_last() else { return false };
    let sum: u32 = body.iter().zip([9, 8, 7, 6, 5, 4, 3, 2]).map(|(digit, weight)| digit * weight).sum();
    sum > 0 && sum % 11 == *check || mod_97(&format!("NL{rest}")) == Some(1)
}

/// Two to ten digits, weighted from the right.
fn romanian(digits: &str) -> bool {
    let padded = format!("{digits:0>10}");
    let last = padded.chars().next_back().and_then(|last| last.to_digit(10));
    let sum = weighted_sum(&padded, &[7, 5, 3, 2, 1, 7, 5, 3, 2]);
    !digits.starts_with('0') && sum.zip(last).is_some_and(|(sum, last)| sum > 0 && 10 * sum % 11 % 10 == last)
}

fn slovenian(digits: &str) -> bool {
    let last = digits.chars().next_back().and_then(|last| last.to_digit(10));
    let sum = weighted_sum(digits, &[8, 7, 6, 5, 4, 3, 2]);
    !digits.starts_with('0')
        && sum.zip(last).is_some_and(|(sum, last)| match 11 - sum % 11 {
            11 => false,
            check => check % 10 == last,
        })
}

fn slovak(digits: &str) -> bool {
    let third = digits.as_bytes().get(2).is_some_and(|third| matches!(third, b'2' | b'3' | b'4' | b'7' | b'8' | b'9'));
    !digits.starts_with('0') && third && number(digits).is_some_and(|number| number.is_multiple_of(11))
}
