//! A workflow's inputs from the command line, the environment and settings, in order of precedence.

use std::path::PathBuf;

use super::resolve::{Invocation, Usage};
use super::run::RunArgs;
use crate::config::{self, Origin};
use crate::context::Context;

/// An input as text: JSON where its schema is not a string, literal where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputText {
    /// The input.
    pub name: String,
    /// The value as written.
    pub text: String,
    /// Where it was given.
    pub origin: Origin,
}

/// What is given to a workflow: take `under`, lay the object of `file` over it, then `over`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenInputs {
    /// Inputs of lower precedence than the file.
    pub under: Vec<InputText>,
    /// `--inputs`.
    pub file: Option<PathBuf>,
    /// Inputs that win over the file.
    pub over: Vec<InputText>,
}

/// Gathers the inputs of a workflow that declares those names; `ARRAS_INPUT_<NAME>` can only be told apart by them.
///
/// # Errors
/// If a variable that is set stands for two declared names.
pub fn given(
    args: &RunArgs,
    invocation: &Invocation,
    declared: &[&str],
    context: &Context,
) -> Result<GivenInputs, Usage> {
    let origin = |option: &str, key: Option<&str>| {
        let entry = invocation.applied.iter().find(|entry| entry.option == option && entry.key.as_deref() == key);
        entry.map_or(Origin::CommandLine, |entry| entry.origin.clone())
    };
    let mut texts: Vec<InputText> = Vec::new();
    for input in &args.inputs.input {
        texts.retain(|earlier| earlier.name != input.name);
        let origin = origin("input", Some(&input.name));
        texts.push(InputText { name: input.name.clone(), text: input.value.clone(), origin });
    }
    for input in environment(declared, context)? {
        match texts.iter_mut().find(|earlier| earlier.name == input.name) {
            Some(earlier) if earlier.origin.rank() <= input.origin.rank() => {}
            Some(earlier) => *earlier = input,
            None => texts.push(input),
        }
    }
    let file = args.inputs.inputs.clone();
    let rank = file.as_ref().map_or(u8::MAX, |_| origin("inputs", None).rank());
    let (over, under) = texts.into_iter().partition(|input| input.origin.rank() <= rank);
    Ok(GivenInputs { under, file, over })
}

fn environment(declared: &[&str], context: &Context) -> Result<Vec<InputText>, Usage> {
    let mut found: Vec<InputText> = Vec::new();
    for name in declared {
        let variable = config::input_variable(name);
        let Some(text) = context.variables.get(&variable) else { continue };
        let origin = Origin::Environment(variable.clone());
        if let Some(other) = found.iter().find(|input| input.origin == origin) {
            let message = format!("`{variable}` could be the input `{}` or `{name}`; use `-i` for them", other.name);
            return Err(Usage::new(message));
        }
        found.push(InputText { name: (*name).to_owned(), text: text.clone(), origin });
    }
    Ok(found)
}
