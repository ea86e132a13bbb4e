//! The functions of RFC 9535 §2.4 and the types of their arguments.

use crate::span::Span;

use super::ast::{Operand, OperandKind};
use super::error::{SyntaxError, problem};

/// A function of RFC 9535.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `length(value)`: characters of a string, items of an array, members of an object.
    Length,
    /// `count(nodes)`: how many nodes.
    Count,
    /// `match(value, pattern)`: whether the whole string matches an I-Regexp.
    Match,
    /// `search(value, pattern)`: whether a part of the string matches an I-Regexp.
    Search,
    /// `value(nodes)`: the value of the only node.
    Value,
}

/// What a function takes or returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A value, or nothing.
    Value,
    /// True or false.
    Logical,
    /// A list of nodes.
    Nodes,
}

impl Function {
    /// The function of that name.
    pub fn find(name: &str) -> Option<Function> {
        [Function::Length, Function::Count, Function::Match, Function::Search, Function::Value]
            .into_iter()
            .find(|function| function.name() == name)
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Function::Length => "length",
            Function::Count => "count",
            Function::Match => "match",
            Function::Search => "search",
            Function::Value => "value",
        }
    }

    /// What it takes.
    pub fn parameters(self) -> &'static [Type] {
        match self {
            Function::Length => &[Type::Value],
            Function::Count | Function::Value => &[Type::Nodes],
            Function::Match | Function::Search => &[Type::Value, Type::Value],
        }
    }

    /// What it returns.
    pub fn result(self) -> Type {
        match self {
            Function::Length | Function::Count | Function::Value => Type::Value,
            Function::Match | Function::Search => Type::Logical,
        }
    }
}

/// Checks that the arguments are as many and of such types as the function takes (RFC 9535 §2.4.3).
pub(super) fn check(function: Function, arguments: &[Operand], span: Span) -> Result<(), SyntaxError> {
    let parameters = function.parameters();
    let name = function.name();
    if arguments.len() != parameters.len() {
        let plural = if parameters.len() == 1 { "" } else { "s" };
        let message = format!("`{name}` takes {} argument{plural}, not {}", parameters.len(), arguments.len());
        return Err(problem(span, message));
    }
    for (argument, parameter) in arguments.iter().zip(parameters) {
        check_argument(name, argument, *parameter)?;
    }
    Ok(())
}

fn check_argument(name: &str, argument: &Operand, parameter: Type) -> Result<(), SyntaxError> {
    let fits = match (parameter, &argument.kind) {
        (Type::Nodes, OperandKind::Query(_)) => true,
        (Type::Value, OperandKind::Query(query)) => query.is_singular(),
        (Type::Value, OperandKind::Call(call)) => call.function.result() == Type::Value,
        (Type::Value, _) => true,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let error = match (parameter, &argument.kind) {
        (Type::Value, OperandKind::Query(_)) => {
            problem(argument.span, format!("`{name}` takes one value, and this query can select several"))
                .help("select one node by names and indices, or write `value(…)` around the query")
        }
        (Type::Nodes, _) => problem(argument.span, format!("`{name}` takes a query"))
            .help(format!("write for example `{name}(@.items[*])`")),
        _ => problem(argument.span, format!("`{name}` takes a value, and this is true or false")),
    };
    Err(error)
}
