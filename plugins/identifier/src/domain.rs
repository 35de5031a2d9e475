//! The domain of an e-mail address or of a web site.

/// The score of a domain and one below it: `lyon.dupont.fr` is Dupont's.
pub(crate) const BELOW: f32 = 0.9;

/// Providers whose domain is that of millions of mailboxes.
const FREE_MAIL: &[&str] = &[
    "aliceadsl.fr",
    "aol.com",
    "bbox.fr",
    "club-internet.fr",
    "cegetel.net",
    "free.fr",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.fr",
    "googlemail.com",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libertysurf.fr",
    "live.com",
    "live.fr",
    "mac.com",
    "me.com",
    "msn.com",
    "neuf.fr",
    "noos.fr",
    "numericable.fr",
    "orange.fr",
    "outlook.com",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "sfr.fr",
    "skynet.be",
    "t-online.de",
    "tele2.fr",
    "voila.fr",
    "wanadoo.fr",
    "web.de",
    "yahoo.com",
    "yahoo.fr",
    "ymail.com",
    "yopmail.com",
];

/// The domain in lower case, without `www.`; `None` for what is no domain and for providers of free mail.
pub(crate) fn domain(value: &str, free_mail: &[String]) -> Option<String> {
    let value = value.trim().to_lowercase();
    let value = value.strip_prefix("mailto:").unwrap_or(&value);
    let value = value.split_once("://").map_or(value, |(_, rest)| rest);
    let value = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
    let host = value.split(['/', '?', '#', ':', '>', ' ', ';', ',']).next().unwrap_or_default();
    let host = host.trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|character| character.is_alphanumeric() || character == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let (_, top) = host.rsplit_once('.')?;
    let is_domain = host.len() <= 253 && host.split('.').all(is_label) && !top.chars().all(|one| one.is_ascii_digit());
    let is_free = FREE_MAIL.contains(&host) || free_mail.iter().any(|domain| domain == host);
    (is_domain && !is_free).then(|| host.to_owned())
}

/// Whether `lower` is a domain below `upper`.
pub(crate) fn is_below(lower: &str, upper: &str) -> bool {
    lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'))
}
