//! The message of a caught panic.

use std::any::Any;

/// The message of a panic's payload; `no message` if the payload is not a text.
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_texts_of_either_kind() {
        let message = |payload: Box<dyn Any + Send>| panic_message(payload.as_ref());
        assert_eq!(message(Box::new("literal")), "literal");
        assert_eq!(message(Box::new("formatted".to_owned())), "formatted");
        assert_eq!(message(Box::new(7)), "no message");
    }
}
