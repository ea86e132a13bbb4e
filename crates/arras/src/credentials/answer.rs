//! What sources of credentials answer: the JSON object that programs, containers and instances give.

use arras_doc::value::Value;
use arras_run::fault::Fault;
use arras_run::time::Timestamp;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{AwsCredentials, unusable};

/// Reads `AccessKeyId`, `SecretAccessKey`, the token under the name `token` and `Expiration`.
///
/// # Errors
/// `no-credentials`, saying that `source` gave no such object; the message repeats nothing of the answer.
pub(super) fn object(source: &str, text: &str, token: &str) -> Result<AwsCredentials, Fault> {
    let value = Value::from_json(text).map_err(|_| unusable(format!("{source} gave no JSON")))?;
    let read = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(key), Some(secret)) = (read("AccessKeyId"), read("SecretAccessKey")) else {
        let message = format!("{source} gave no `AccessKeyId` and `SecretAccessKey`");
        return Err(unusable(message));
    };
    let expires = match read("Expiration") {
        Some(text) => Some(instant(source, text)?),
        None => None,
    };
    Ok(AwsCredentials { expires, ..AwsCredentials::new(key, secret, read(token)) })
}

/// A point in time as AWS writes it: `2026-01-31T12:00:00Z`, perhaps with an offset.
///
/// # Errors
/// `no-credentials` if it is none.
pub(super) fn instant(source: &str, text: &str) -> Result<Timestamp, Fault> {
    let read = DateTime::from_str(text.trim(), Format::DateTimeWithOffset).ok();
    let millis = read.and_then(|time| time.to_millis().ok()).and_then(|millis| u64::try_from(millis).ok());
    millis.map(Timestamp).ok_or_else(|| unusable(format!("{source} gave an expiration that is no point in time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_or_refused_without_being_repeated() {
        let whole =
            r#"{"AccessKeyId":"AKID","SecretAccessKey":"hush","Token":"t","Expiration":"2026-01-31T12:00:00Z"}"#;
        let read = object("it", whole, "Token").unwrap();
        assert_eq!(read.access_key_id, "AKID");
        assert_eq!(read.expires, Some(Timestamp(1_769_860_800_000)));
        assert_eq!(read.session_token.unwrap().expose(), "t");
        let forever = object("it", r#"{"AccessKeyId":"AKID","SecretAccessKey":"hush"}"#, "SessionToken").unwrap();
        assert_eq!((forever.expires, forever.session_token), (None, None));
        let broken = [
            "hush",
            "[]",
            r#"{"AccessKeyId":"","SecretAccessKey":"hush"}"#,
            r#"{"AccessKeyId":"AKID","SecretAccessKey":7}"#,
            r#"{"AccessKeyId":"AKID","SecretAccessKey":"hush","Expiration":"soon, hush"}"#,
        ];
        for text in broken {
            let fault = object("the program", text, "Token").unwrap_err();
            assert!(fault.message.starts_with("the program gave") && !fault.message.contains("hush"), "{fault}");
        }
    }

    #[test]
    fn points_in_time_as_programs_write_them() {
        let at = Some(Timestamp(1_769_860_800_000));
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.000Z",
            "2026-01-31T14:00:00+02:00",
            " 2026-01-31T12:00:00+00:00",
        ] {
            assert_eq!(instant("it", text).ok(), at, "{text}");
        }
        for text in ["", "2026-01-31", "1960-01-01T00:00:00Z", "never"] {
            assert!(instant("it", text).is_err(), "{text}");
        }
    }
}
