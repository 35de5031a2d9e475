//! Why a request of an arbiter has no answer.

use crate::message::messages;

messages! {
    /// Why a request has no answer.
    pub enum RequestFailure {
        /// The request may not be sent.
        Refused("refused") { rule: RequestRule } => "the request is not allowed: {rule}", "requête non autorisée\u{a0}: {rule}";
        /// The service answered with a status other than 2xx; the text is the beginning of its answer.
        Status("status") { status: u64, text: String } => "answered {status}<: {text}>", "réponse {status}<\u{a0}: {text}>";
        /// The service answered with a redirect.
        Redirect("redirect") { status: u64 } =>
            "answered {status}: redirects are not followed", "réponse {status}\u{a0}: les redirections ne sont pas suivies";
        /// No complete answer arrived: the message of the HTTP client.
        Connection("connection") { detail: String } => "no answer: {detail}", "pas de réponse\u{a0}: {detail}";
        /// No answer arrived in the time of one attempt.
        Timeout("timeout") { timeout_ms: u64 } =>
            "no answer: no response within {timeout_ms} ms", "pas de réponse en {timeout_ms} ms";
        /// The deadline of all attempts passed.
        Deadline("deadline") { deadline_ms: u64, last: Option<Box<RequestFailure>> } =>
            "no answer within {deadline_ms} ms<: {last}>", "pas de réponse en {deadline_ms} ms<\u{a0}: {last}>";
        /// The next attempt would be after the deadline.
        RetryTooLate("retry_too_late") { deadline_ms: u64, last: Box<RequestFailure>, pause: String } =>
            "no answer within {deadline_ms} ms: {last}; the next attempt would start in {pause} s",
            "pas de réponse en {deadline_ms} ms\u{a0}: {last}\u{a0}; prochaine tentative dans {pause} s";
        /// The service requested a pause that ends after the deadline.
        Paused("paused") { deadline_ms: u64, seconds: u64 } =>
            "no answer within {deadline_ms} ms: the host requested a pause of another {seconds} s",
            "pas de réponse en {deadline_ms} ms\u{a0}: l’hôte demande une pause de {seconds} s de plus";
        /// The answer is larger than allowed.
        TooLarge("too_large") { bytes_max: u64 } =>
            "the answer exceeds the limit of {bytes_max|byte|bytes}", "la réponse dépasse la limite de {bytes_max|octet|octets}";
        /// The cost limit was reached before the request was sent. Not a failure of the row.
        CostLimit("cost_limit") { spent: String, limit: String } =>
            "not asked: the answers so far cost {spent}, and `max_cost` is {limit}",
            "non envoyée\u{a0}: les réponses ont coûté {spent} et `max_cost` vaut {limit}";
        /// In replay, the request is not among the fixtures.
        NotRecorded("not_recorded") { request: String, fixtures: String } =>
            "no recorded answer: {request} is not in {fixtures}; `matchflow test --record` sends the request and records the answer",
            "pas de réponse enregistrée\u{a0}: {request} n’est pas dans {fixtures}\u{a0}; `matchflow test --record` envoie la requête et enregistre la réponse";
        /// The answer arrived but cannot be recorded. The run must end: the answer would be paid for twice.
        NotStored("not_stored") { detail: String } =>
            "the answer cannot be recorded: {detail}", "impossible d’enregistrer la réponse\u{a0}: {detail}";
        /// The answer is recorded but cannot be read. The run must end: the answer would be paid for twice.
        NotRead("not_read") { detail: String } =>
            "the recorded answer cannot be read: {detail}", "impossible de lire la réponse enregistrée\u{a0}: {detail}";
        /// A bug in the client. The run must end.
        Panicked("panicked") { detail: String } => "the HTTP task panicked: {detail}", "la tâche HTTP a paniqué\u{a0}: {detail}";
        /// The client is shutting down.
        Stopped("stopped") => "the run ended before the request was sent", "l’exécution s’est terminée avant l’envoi de la requête";
    }
}

messages! {
    /// The rule that a request breaks.
    pub enum RequestRule {
        /// An invalid address: the parser's message.
        Address("address") { url: String, detail: String } => "`{url}` is not a valid address: {detail}", "`{url}` n’est pas une adresse valide\u{a0}: {detail}";
        /// An address with credentials.
        Credentials("credentials") =>
            "a user name or password in the address; use a header with a secret",
            "un nom d’utilisateur ou un mot de passe dans l’adresse\u{a0}; utilisez un en-tête avec un secret";
        /// A public host without TLS.
        WithoutTls("without_tls") { host: String } =>
            "`{host}` without TLS; use https, or set `private` on the host",
            "`{host}` sans TLS\u{a0}; utilisez https ou `private` pour cet hôte";
        /// A method that is not allowed for the host.
        Method("method") { method: String, host: String, allowed: String } =>
            "{method} to `{host}`; its methods are {allowed}", "{method} vers `{host}`\u{a0}; méthodes autorisées\u{a0}: {allowed}";
        /// A secret in the address.
        SecretInAddress("secret_in_address") =>
            "a secret in the address; secrets are allowed only in headers",
            "un secret dans l’adresse\u{a0}; les secrets ne sont autorisés que dans les en-têtes";
        /// A body that is too large.
        BodySize("body_size") { bytes: u64, bytes_max: u64 } =>
            "a body of {bytes|byte|bytes}; at most {bytes_max}", "un corps de {bytes|octet|octets}\u{a0}; {bytes_max} au plus";
        /// A host that the plan does not name.
        UnknownHost("unknown_host") { host: String, allowed: String } =>
            "`{host}` is not among `hosts`<: {allowed}>", "`{host}` ne figure pas dans `hosts`<\u{a0}: {allowed}>";
        /// A host name that resolves to a private address.
        PrivateAddress("private_address") { host: String, address: String } =>
            "`{host}` resolves to {address}, which is not a public address; set `private: true` on the host to allow it",
            "`{host}` désigne {address}, qui n’est pas une adresse publique\u{a0}; `private: true` sur l’hôte l’autorise";
        /// A host name without an address.
        NoAddress("no_address") { host: String } => "`{host}` has no address", "`{host}` n’a pas d’adresse";
        /// Too many headers.
        HeaderCount("header_count") { headers: u64, max: u64 } =>
            "{headers|header|headers}; at most {max}", "{headers|en-tête|en-têtes}\u{a0}; {max} au plus";
        /// A header reserved for the client.
        HeaderReserved("header_reserved") { header: String } =>
            "the header `{header}`, which plug-ins may not set", "l’en-tête `{header}`, réservé";
        /// A header with an invalid name.
        HeaderName("header_name") => "a header with an invalid name", "un en-tête dont le nom n’est pas valide";
        /// A header with an invalid value.
        HeaderValue("header_value") { header: String } => "the header `{header}` cannot be sent", "l’en-tête `{header}` ne peut pas être envoyé";
        /// A secret that is not allowed for the host.
        Secret("secret") { secret: String, host: String, allowed: String } =>
            "the secret `{secret}` to `{host}`; its secrets are: {allowed}", "le secret `{secret}` vers `{host}`\u{a0}; secrets autorisés\u{a0}: {allowed}";
    }
}
