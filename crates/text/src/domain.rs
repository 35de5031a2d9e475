//! Domains of e-mail addresses and web sites.

/// Maximum length of a host name, and of its labels, from RFC 1035.
const HOST_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// The domain of an e-mail address or website, in lower case and without `www.`.
pub fn domain(value: &str) -> Option<String> {
    let value = value.trim().to_lowercase();
    let value = value.strip_prefix("mailto:").unwrap_or(&value);
    let value = value.split_once("://").map_or(value, |(_, rest)| rest);
    let value = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
    let host = value.split(['/', '?', '#', ':', '>', ' ', ';', ',']).next().unwrap_or_default();
    let host = host.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    is_domain(host).then(|| host.to_owned())
}

/// Whether a lower-case text has the shape of a domain: at least two labels, the last one not a number.
pub(crate) fn is_domain(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_MAX
            && label.chars().all(|character| character.is_alphanumeric() || character == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, top)) = host.rsplit_once('.') else { return false };
    host.len() <= HOST_MAX && host.split('.').all(is_label) && !top.chars().all(|one| one.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        crate::check(
            domain,
            &[
                ("contact@Dupont.FR", "dupont.fr"),
                ("https://www.dupont.fr/contact?a=b", "dupont.fr"),
                ("www.dupont.fr.", "dupont.fr"),
                ("mailto:a@lyon.dupont.fr", "lyon.dupont.fr"),
                ("dupont", ""),
                ("10.0.0.1", ""),
                ("-dupont.fr", ""),
                ("", ""),
            ],
        );
    }
}
