//! When values stand in a relation (RFC 9535 §2.3.5.2.2).

use std::cmp::Ordering;

use arras_doc::jsonpath::Operator;
use arras_doc::value::Value;

use super::BudgetExceeded;
use super::machine::Machine;

impl Machine<'_> {
    /// Whether two values, each of which may be absent, stand in the relation.
    pub(super) fn relates(
        &mut self,
        left: Option<&Value>,
        operator: Operator,
        right: Option<&Value>,
    ) -> Result<bool, BudgetExceeded> {
        Ok(match operator {
            Operator::Equal => self.equal(left, right)?,
            Operator::NotEqual => !self.equal(left, right)?,
            Operator::Less => self.order(left, right)? == Some(Ordering::Less),
            Operator::Greater => self.order(left, right)? == Some(Ordering::Greater),
            Operator::LessOrEqual => self.order(left, right)? == Some(Ordering::Less) || self.equal(left, right)?,
            Operator::GreaterOrEqual => {
                self.order(left, right)? == Some(Ordering::Greater) || self.equal(left, right)?
            }
        })
    }

    fn order(&mut self, left: Option<&Value>, right: Option<&Value>) -> Result<Option<Ordering>, BudgetExceeded> {
        Ok(match (left, right) {
            (Some(Value::Number(left)), Some(Value::Number(right))) => Some(left.cmp(right)),
            (Some(Value::String(left)), Some(Value::String(right))) => {
                self.spend_text(left.len().min(right.len()))?;
                Some(left.cmp(right))
            }
            _ => None,
        })
    }

    fn equal(&mut self, left: Option<&Value>, right: Option<&Value>) -> Result<bool, BudgetExceeded> {
        match (left, right) {
            (Some(left), Some(right)) => self.same(left, right),
            (left, right) => Ok(left.is_none() && right.is_none()),
        }
    }

    /// Deep equality without recursion; structures are taken apart on a list.
    fn same(&mut self, left: &Value, right: &Value) -> Result<bool, BudgetExceeded> {
        let mut pending = Vec::new();
        let mut pair = Some((left, right));
        while let Some((left, right)) = pair {
            self.spend(1)?;
            match (left, right) {
                (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                    self.spend(left.len() as u64)?;
                    pending.extend(left.iter().zip(right));
                }
                (Value::Object(left), Value::Object(right)) if left.len() == right.len() => {
                    self.spend(left.len() as u64)?;
                    for (name, left) in left {
                        let Some(right) = right.get(name) else { return Ok(false) };
                        pending.push((left, right));
                    }
                }
                (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => return Ok(false),
                (Value::String(left), Value::String(right)) => {
                    self.spend_text(left.len().min(right.len()))?;
                    if left != right {
                        return Ok(false);
                    }
                }
                (left, right) => {
                    if left != right {
                        return Ok(false);
                    }
                }
            }
            pair = pending.pop();
        }
        Ok(true)
    }
}
