//! The domain of an e-mail address or of a web site.

/// The score of a domain and one below it: `lyon.dupont.fr` is Dupont's.
pub(crate) const BELOW: f32 = 0.9;

/// Mail providers whose domain is shared by millions of mailboxes.
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

/// The domain in lower case, without `www.`; `None` for text without a domain and for free mail providers.
pub(crate) fn company_domain(value: &str, free_mail: &[String]) -> Option<String> {
    let host = matchflow_text::domain(value)?;
    let is_free = FREE_MAIL.contains(&host.as_str()) || free_mail.contains(&host);
    (!is_free).then_some(host)
}

/// Whether `lower` is a subdomain of `upper`.
pub(crate) fn is_below(lower: &str, upper: &str) -> bool {
    lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'))
}
