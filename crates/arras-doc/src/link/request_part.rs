//! What expressions read of a step's request: parameters that its operation declares.

use crate::arazzo::{ExpressionUse, Location, Site};
use crate::expression::Part;
use crate::rule;

use super::OperationTarget;
use super::expressions::declared_name;
use super::linker::Linker;

impl Linker<'_> {
    /// What is read of a request is a parameter that the operation declares (ARZ-EXPR-08, A-50).
    pub(super) fn check_read(&mut self, target: &OperationTarget, part: &Part, used: ExpressionUse<'_>) {
        let (location, name) = match part {
            Part::Header(name) => (Location::Header, name),
            Part::Query(name) => (Location::Query, name),
            Part::Path(name) => (Location::Path, name),
            Part::Body | Part::Payload => return,
        };
        let Some(declared) = self.declared(target) else { return };
        let known = match location {
            Location::Header => Some(name.as_str()).filter(|name| declared.is_known(location, name)),
            _ => declared_name(name, |name| declared.is_known(location, name)),
        };
        if known == Some(name) || declared.parameters.iter().any(|one| one.location == "querystring") {
            return;
        }
        let place = location.as_str();
        if let Some(whole) = known {
            // conditions may navigate (ARZ-COND-06)
            if matches!(used.site, Site::Request | Site::Outputs) {
                let message = format!("this reads a part of the {place} parameter `{whole}`, outside the grammar");
                let help = "read it from where the parameter gets its value";
                self.note(rule::LOOSE_EXPRESSION, used.span, message).help = Some(help.into());
            }
            return;
        }
        let message = format!(
            "the operation declares no {place} parameter `{name}`: this reads it from the request that was sent"
        );
        let same_place = declared.parameters.iter().filter(|known| known.location == place);
        let near = self.nearest(name, same_place.map(|known| known.name.as_str()));
        let help = near.map_or_else(
            || "read it from where the parameter gets its value".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.note(rule::LOOSE_EXPRESSION, used.span, message).help = Some(help);
    }
}
