//! The one table of rules; each has a page in `docs/rules/`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diagnostic::Severity;

/// A kind of finding.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Its stable name in kebab-case.
    pub id: &'static str,
    /// Its usual severity.
    pub severity: Severity,
    /// Its severity where nothing is tolerated; above [`Rule::severity`] for tolerances alone.
    pub strict: Severity,
    /// Whether a run depends on nothing that it is about, and so goes by the severity that it is given.
    pub inert: bool,
    /// One phrase that says what is wrong.
    pub summary: &'static str,
    /// The requirements (`ARZ-…`) and decisions (`A-…`) it comes from.
    pub origin: &'static [&'static str],
}

impl Rule {
    /// Whether what it is about is taken nevertheless, though the specification does not allow it.
    pub fn is_tolerance(&self) -> bool {
        self.strict > self.severity
    }

    /// The rule of that name.
    pub fn find(id: &str) -> Option<&'static Rule> {
        ALL.iter().copied().find(|rule| rule.id == id)
    }
}

impl Serialize for &'static Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

impl<'de> Deserialize<'de> for &'static Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Rule::find(&id).ok_or_else(|| serde::de::Error::custom(format!("unknown rule `{id}`")))
    }
}

macro_rules! rules {
    ($($name:ident = $id:literal, $severity:ident $(strict $strict:ident)? $(inert $inert:literal)?, $summary:literal, [$($origin:literal),*];)*) => {
        $(#[doc = concat!("`", $id, "`: ", $summary)]
        pub const $name: &Rule = &Rule {
            id: $id,
            severity: Severity::$severity,
            strict: rules!(@strict $severity $($strict)?),
            inert: rules!(@inert $($inert)?),
            summary: $summary,
            origin: &[$($origin),*],
        };)*

        /// Every rule, in the order of the table.
        pub const ALL: &[&Rule] = &[$($name),*];
    };
    (@strict $severity:ident) => { Severity::$severity };
    (@strict $severity:ident $strict:ident) => { Severity::$strict };
    (@inert) => { false };
    (@inert $inert:literal) => { $inert };
}

rules! {
    // the text
    INVALID_ENCODING = "invalid-encoding", Error, "the file is not UTF-8 text", ["ARZ-SEC-02"];
    INVALID_SYNTAX = "invalid-syntax", Error, "the text is neither valid YAML nor valid JSON", ["ARZ-DOC-03"];
    DUPLICATE_KEY = "duplicate-key", Error, "a mapping has the same key twice", ["ARZ-SEC-02"];
    SEVERAL_DOCUMENTS = "several-documents", Error, "the file holds more than one YAML document", ["ARZ-DOC-03"];
    TOO_LARGE = "too-large", Error, "the file is larger, deeper or unfolds further than the reader allows", ["ARZ-SEC-02"];
    UNSUPPORTED_TAG = "unsupported-tag", Error, "a YAML tag outside the JSON schema", ["ARZ-DOC-06"];
    INVALID_KEY = "invalid-key", Error, "a mapping key that is no scalar", ["ARZ-DOC-07"];
    INVALID_NUMBER = "invalid-number", Error, "a number that JSON can't express", ["A-67"];
    MERGE_KEY = "merge-key", Warning strict Error, "a YAML merge key (`<<`) is used", ["A-67"];
    LOOSE_SCALAR = "loose-scalar", Warning strict Error, "a spelling of a scalar that only part of the YAML readers resolve alike", ["A-67"];
    AMBIGUOUS_SCALAR = "ambiguous-scalar", Advice, "a plain scalar that a reader may take for something else", ["A-67"];
    LOOSE_JSON = "loose-json", Warning, "text that begins as JSON and is valid only as YAML", ["ARZ-DOC-03"];
    // the objects
    NOT_AN_ARAZZO_DOCUMENT = "not-an-arazzo-document", Error, "the file is no Arazzo document", ["ARZ-DOC-01", "ARZ-ROOT-01"];
    UNSUPPORTED_VERSION = "unsupported-version", Error, "a version of Arazzo that is not known here", ["ARZ-ROOT-01", "A-62"];
    NEWER_FIELD = "newer-field", Error, "a field of a later version of Arazzo than the document declares", ["A-62"];
    MISSING_FIELD = "missing-field", Error, "a required field is missing", ["ARZ-DOC-01"];
    WRONG_TYPE = "wrong-type", Error, "a value of the wrong type", ["ARZ-DOC-13"];
    INVALID_VALUE = "invalid-value", Error, "a value outside those the specification allows", ["ARZ-SUCC-02", "ARZ-FAIL-02"];
    UNKNOWN_FIELD = "unknown-field", Error inert true, "a field that the specification does not know", ["ARZ-ROOT-08", "ARZ-STEP-40"];
    EMPTY_LIST = "empty-list", Error, "a list that must have an entry is empty", ["ARZ-ROOT-05", "ARZ-STEP-20"];
    DUPLICATE_NAME = "duplicate-name", Error, "a name that must be unique is used twice", ["ARZ-WF-01", "ARZ-STEP-01", "ARZ-SRC-01", "A-39"];
    INVALID_NAME = "invalid-name", Warning, "a name with characters that expressions can't refer to", ["ARZ-WF-02", "ARZ-STEP-02", "ARZ-SRC-02"];
    INVALID_MAP_KEY = "invalid-map-key", Error inert true, "the name of an output or a component with characters that the specification forbids", ["ARZ-WF-14", "ARZ-COMP-07"];
    LOOSE_FIELD = "loose-field", Warning strict Error, "a field whose value is not as the specification says and is understood nevertheless", ["ARZ-SRC-03", "ARZ-ETYPE-02", "ARZ-ETYPE-03"];
    CONFLICTING_FIELDS = "conflicting-fields", Error, "fields that exclude each other, or none where one is needed", ["ARZ-STEP-04", "ARZ-SUCC-05"];
    MISSING_PARAMETER_LOCATION = "missing-parameter-location", Error, "a parameter of an operation without `in`", ["ARZ-PARAM-06"];
    IGNORED_FIELD = "ignored-field", Warning, "a field that has no effect where it stands", ["ARZ-FAIL-12", "A-29"];
    SCHEMA_VIOLATION = "schema-violation", Error, "what the official schema of the document's version refuses", [];
    FOREIGN_EXTENSION = "foreign-extension", Warning strict Error, "an extension of another tool that changes what is requested", ["A-63"];
    MISPLACED_RETRY = "misplaced-retry", Warning strict Error, "a `retry` among success actions", ["ARZ-SUCC-02"];
    MERGED_ACTIONS = "merged-actions", Advice, "actions of the workflow that apply beside those of a step", ["A-08"];
    // expressions and conditions
    INVALID_EXPRESSION = "invalid-expression", Error, "text that is no runtime expression where one is needed", ["ARZ-EXPR-31", "ARZ-REUSE-01"];
    DOUBTFUL_EXPRESSION = "doubtful-expression", Warning, "a runtime expression within the grammar that hardly means what was meant", ["ARZ-EXPR-11", "A-19", "A-22", "A-44"];
    LOOSE_EXPRESSION = "loose-expression", Warning strict Error, "a runtime expression outside the specification's grammar", ["A-21", "A-22", "A-24b", "A-44"];
    INVALID_CONDITION = "invalid-condition", Error, "a condition that can't be parsed", ["ARZ-CRIT-10", "A-66"];
    LOOSE_CONDITION = "loose-condition", Warning strict Error, "a condition outside the specification's grammar", ["A-24b", "A-05"];
    JSONPATH_BARE_COMPARISON = "jsonpath-bare-comparison", Warning strict Error, "a JSONPath criterion that is a comparison, not a query", ["A-01"];
    JSONPATH_ROOT_FILTER = "jsonpath-root-filter", Warning, "a JSONPath criterion that filters the members of an answer that is an object", ["A-02"];
    JSONPATH_COUNT_SINGULAR = "jsonpath-count-singular", Warning, "`count` of a query that selects one node at most", ["A-03"];
    INVALID_SELECTOR = "invalid-selector", Error, "a selector or target that can't be parsed, or selects nothing in what it is applied to", ["ARZ-SEL-02", "ARZ-REPL-01"];
    UNSUPPORTED_FEATURE = "unsupported-feature", Error, "a part of the specification that this version can't carry out", [];
    INEXPRESSIBLE_PAYLOAD = "inexpressible-payload", Error, "a payload that its media type can't express", ["ARZ-BODY-04", "ARZ-BODY-07", "ARZ-BODY-10"];
    // descriptions of APIs
    NOT_AN_OPENAPI_DESCRIPTION = "not-an-openapi-description", Error, "the file is no OpenAPI description", ["ARZ-SRC-09"];
    UNSUPPORTED_OPENAPI_VERSION = "unsupported-openapi-version", Error, "a version of OpenAPI that is not known here", ["ARZ-SRC-09"];
    MALFORMED_DESCRIPTION = "malformed-description", Warning, "a part of an API description that is not as its specification says", [];
    UNRESOLVED_REFERENCE = "unresolved-reference", Warning, "a reference in an API description to something that does not exist", ["ARZ-URI-13"];
    DUPLICATE_OPERATION_ID = "duplicate-operation-id", Warning, "an operationId that several operations of one description have", ["ARZ-STEP-06"];
    UNSUPPORTED_ASYNCAPI_VERSION = "unsupported-asyncapi-version", Error, "a version of AsyncAPI that is not known here", ["ARZ-SRC-09"];
    // what the document says about findings
    UNKNOWN_RULE = "unknown-rule", Warning, "a severity for a rule that does not exist, or one that is none", [];
    // the documents of a description
    DUPLICATE_SELF = "duplicate-self", Error, "two documents give themselves the same URI", ["ARZ-URI-14", "ARZ-URI-15"];
    UNUSED_DOCUMENT = "unused-document", Advice, "a document was given that nothing refers to", ["ARZ-DOC-09", "ARZ-URI-15"];
    LOCATION_REFERENCE = "location-reference", Advice, "a document was found by where it lies although it gives itself another URI", ["ARZ-URI-16"];
    LOOSE_BASE = "loose-base", Warning strict Error, "a relative URL that was resolved against the file, not against the document's `$self`", ["ARZ-URI-05", "ARZ-URI-16"];
    // links
    SOURCE_NOT_FOUND = "source-not-found", Error, "a source description's file is not there", ["ARZ-SRC-03"];
    REFERENCE_UNREADABLE = "reference-unreadable", Warning, "a file that a description refers to can't be read", [];
    INVALID_SERVER = "invalid-server", Error, "a server that no request can be sent to", ["ARZ-URI-18"];
    SOURCE_NOT_FETCHED = "source-not-fetched", Warning, "a source description on another machine, which is not fetched", ["ARZ-SRC-03"];
    SOURCE_UNREADABLE = "source-unreadable", Error, "a source description can't be read", ["ARZ-SRC-03"];
    WRONG_SOURCE_TYPE = "wrong-source-type", Error, "a source description is not of the declared type", ["ARZ-SRC-09"];
    UNKNOWN_SOURCE = "unknown-source", Error, "a name that no source description has", ["ARZ-WF-07", "A-36"];
    UNKNOWN_OPERATION = "unknown-operation", Error, "an operation that no source describes", ["ARZ-STEP-06", "ARZ-STEP-10"];
    AMBIGUOUS_OPERATION = "ambiguous-operation", Error, "an operationId that several sources have", ["ARZ-STEP-07", "A-33"];
    UNQUALIFIED_OPERATION = "unqualified-operation", Warning strict Error, "an operationId without its source although there are several", ["ARZ-STEP-07", "A-33"];
    UNKNOWN_WORKFLOW = "unknown-workflow", Error, "a workflow that does not exist", ["ARZ-WF-06", "ARZ-STEP-12"];
    UNKNOWN_STEP = "unknown-step", Error, "a step that does not exist", ["ARZ-SUCC-06", "ARZ-FAIL-07"];
    UNKNOWN_COMPONENT = "unknown-component", Error, "a component that does not exist", ["ARZ-REUSE-01", "ARZ-REUSE-06"];
    UNKNOWN_INPUT = "unknown-input", Warning, "an input that the workflow does not declare", ["ARZ-EXPR-32"];
    UNKNOWN_OUTPUT = "unknown-output", Error, "an output that the step or workflow does not declare", ["ARZ-EXPR-14"];
    VALUELESS_EXPRESSION = "valueless-expression", Warning, "a runtime expression that never has a value where it stands", ["ARZ-EXPR-17", "ARZ-EXPR-19"];
    UNDECLARED_PARAMETER = "undeclared-parameter", Warning, "a parameter that the operation does not declare", ["ARZ-PARAM-16", "A-37"];
    OWN_CREDENTIALS = "own-credentials", Advice, "a step sets what its operation's security scheme would set", [];
    SIGNED_HEADER = "signed-header", Error, "a step sets a header that belongs to the signature of its request", [];
    UNUSED_CREDENTIAL = "unused-credential", Warning, "a credential was given for a security scheme that nothing asks for", [];
    REGIONAL_HOST = "regional-host", Advice, "a service's global host was replaced by its regional one", [];
    LOOSE_REFERENCE = "loose-reference", Warning strict Error, "a spelling of a reference outside the specification", ["A-34"];
    FORWARD_REFERENCE = "forward-reference", Error, "an output of a step that has not run by then", ["ARZ-STEP-38", "A-60"];
    CYCLE = "cycle", Error, "things that wait for each other, or call each other without end", ["ARZ-STEP-39", "ARZ-WF-06", "A-16"];
    MISSING_PARAMETER = "missing-parameter", Error, "a parameter that the operation requires is not given", ["ARZ-PARAM-09", "ARZ-PARAM-18"];
    // what goes wrong although every name is known
    MISSING_INPUT = "missing-input", Error, "an input that a called workflow requires is not given", ["ARZ-STEP-13", "ARZ-WF-04", "A-12"];
    UNUSED_INPUT = "unused-input", Warning, "an input that nothing reads", ["ARZ-WF-04"];
    MISSING_BODY = "missing-body", Error, "a request body that the operation requires is not given", ["ARZ-STEP-17"];
    UNDECLARED_BODY = "undeclared-body", Warning, "a request body that the operation is not described to take", ["ARZ-STEP-18"];
    UNDECLARED_CONTENT_TYPE = "undeclared-content-type", Warning, "a media type that the operation is not described to take", ["ARZ-BODY-01", "ARZ-BODY-02"];
    MISMATCHED_VALUE = "mismatched-value", Error, "a value that the schema of where it goes does not allow", ["ARZ-PARAM-15", "ARZ-BODY-03"];
    UNDECLARED_PROPERTY = "undeclared-property", Warning, "a property that the schema does not name", ["ARZ-BODY-03"];
    UNUSABLE_CREDENTIALS = "unusable-credentials", Warning, "credentials that no security scheme of the operation takes", [];
    IMPOSSIBLE_SELECTION = "impossible-selection", Warning, "a name or pointer to something that is not described", ["ARZ-EXPR-10", "ARZ-EXPR-12"];
    IMPOSSIBLE_COMPARISON = "impossible-comparison", Warning, "a comparison with a value that is never there", ["ARZ-COND-03", "A-25", "A-26"];
    CONTRADICTORY_CRITERIA = "contradictory-criteria", Error, "criteria that never hold together", ["ARZ-STEP-19", "ARZ-COND-03"];
    UNSUITABLE_CRITERION = "unsuitable-criterion", Error, "a criterion whose language does not fit what is answered", ["ARZ-XPATH-05", "A-31"];
    INVALID_SCHEMA = "invalid-schema", Error, "a schema of inputs that is no JSON Schema", ["ARZ-WF-04"];
    UNDESCRIBED_STATUS = "undescribed-status", Warning, "a status that the operation is not described to answer", ["ARZ-STEP-19"];
    UNDECLARED_HEADER = "undeclared-header", Warning, "a header field that no answer is described to have", ["ARZ-EXPR-09"];
    UNHANDLED_VALUE = "unhandled-value", Warning, "a value that no action of a repeated step is for", ["A-09"];
    UNREACHABLE_STEP = "unreachable-step", Warning, "a step that can't be reached", ["ARZ-STEP-22", "ARZ-SUCC-04"];
    SHADOWED_ACTION = "shadowed-action", Warning, "an action that an earlier one always comes before", ["ARZ-STEP-23", "ARZ-STEP-25"];
    ENDLESS_LOOP = "endless-loop", Error, "a loop that nothing ends", ["A-16"];
    UNPACED_RETRY = "unpaced-retry", Warning, "many retries without a pause", ["ARZ-FAIL-10"];
    UNSAFE_RETRY = "unsafe-retry", Warning, "a retry that may do the same thing twice", ["ARZ-FAIL-13", "ARZ-FAIL-14"];
    // the mock
    INVALID_SCENARIO = "invalid-scenario", Error, "a mock's scenario file that says what a scenario can't mean", [];
    AMBIGUOUS_ROUTE = "ambiguous-route", Error, "two operations that no request to a mock can tell apart", [];
    // runs
    INVALID_INPUT = "invalid-input", Error, "an input that the workflow's schema refuses", ["ARZ-WF-04"];
    CRITERION_UNSATISFIED = "criterion-unsatisfied", Error, "a success criterion does not hold", ["ARZ-STEP-19"];
    CRITERION_UNEVALUABLE = "criterion-unevaluable", Error, "a criterion that can't be evaluated", ["ARZ-CRIT-10", "A-66"];
    STATUS_UNSUCCESSFUL = "status-unsuccessful", Error, "an answer of 400 or above to a step without success criteria", ["A-07"];
    CALL_UNSUCCESSFUL = "call-unsuccessful", Error, "a called workflow did not succeed", ["A-07"];
    NO_ACTION_MATCHED = "no-action-matched", Warning, "actions are declared and none matches", ["A-09"];
    LOOP_ENDED = "loop-ended", Advice, "no action leads back any more, so a loop is over", ["A-09"];
    RESPONSE_STATUS_UNDESCRIBED = "response-status-undescribed", Warning, "an answer's status that the description does not know", [];
    RESPONSE_TYPE_UNDESCRIBED = "response-type-undescribed", Warning, "an answer's content type that the description does not know", [];
    RESPONSE_SCHEMA_MISMATCH = "response-schema-mismatch", Warning, "an answer's body that its schema refuses", [];
    OUTPUT_ABSENT = "output-absent", Advice, "an output has no value", ["ARZ-EXPR-10"];
    STEP_FAULT = "step-fault", Error, "a step could not be carried out", ["A-55"];
    CREDENTIAL_REFUSED = "credential-refused", Warning, "the server answers 401 to a credential that was sent", [];
    REQUEST_REPEATED = "request-repeated", Advice, "a request was sent once more, since the server refused it before it acted", [];
    REQUEST_RETRIED = "request-retried", Advice, "a request was tried again, since the network or the server failed it", [];
    REDIRECT_FOLLOWED = "redirect-followed", Advice, "a redirect was followed", ["A-64"];
    BUDGET_EXCEEDED = "budget-exceeded", Error, "a run budget is used up", ["A-16"];
    VALUE_ABSENT = "value-absent", Advice strict Error, "a part of a payload was left out because it has no value", ["A-42"];
    LOOSE_VALUE = "loose-value", Warning strict Error, "a value was taken otherwise than written", ["A-42", "A-45"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_kebab_case() {
        let mut ids: Vec<_> = ALL.iter().map(|rule| rule.id).collect();
        assert!(ids.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
        assert!(ALL.iter().all(|rule| rule.strict >= rule.severity));
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
