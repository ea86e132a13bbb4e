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
    for input in &args.setup.inputs.input {
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
    let file = args.setup.inputs.inputs.clone();
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::args::Command;
    use crate::args::resolve::{Resolved, resolve};
    use crate::context::Stream;

    fn context(arguments: &[&str], variables: &[(&str, &str)]) -> Context {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Context {
            arguments: ["arras", "run", "f"].iter().chain(arguments).map(Into::into).collect(),
            variables: variables.iter().map(pair).collect(),
            directory: PathBuf::from("/nowhere"),
            stdout: Stream::Pipe,
            stderr: Stream::Pipe,
        }
    }

    fn inputs(arguments: &[&str], variables: &[(&str, &str)], declared: &[&str]) -> Result<GivenInputs, Usage> {
        let context = context(arguments, variables);
        let Ok(Resolved::Invocation(invocation)) = resolve(&context) else { panic!("an invocation") };
        let Command::Run(args) = &invocation.command else { panic!("a run") };
        given(args, &invocation, declared, &context)
    }

    fn texts(inputs: &[InputText]) -> Vec<(&str, &str)> {
        inputs.iter().map(|input| (input.name.as_str(), input.text.as_str())).collect()
    }

    #[test]
    fn the_command_line_wins_over_variables_and_an_input_of_its_own_over_the_file() {
        let variables = [("ARRAS_INPUT_ORDERID", "env"), ("ARRAS_INPUT_A", "env"), ("ARRAS_INPUT", "b=list")];
        let found = inputs(&["-i", "a=line"], &variables, &["orderId", "a", "c"]).unwrap();
        assert_eq!(texts(&found.over), [("b", "list"), ("a", "line"), ("orderId", "env")]);
        assert_eq!((found.file, found.under), (None, Vec::new()));
        let found = inputs(&["-i", "a=line", "--inputs", "x.json"], &variables, &["orderId"]).unwrap();
        assert_eq!(texts(&found.over), [("a", "line")]);
        assert_eq!(texts(&found.under), [("b", "list"), ("orderId", "env")]);
        let found = inputs(&[], &[("ARRAS_INPUTS", "x.json"), ("ARRAS_INPUT_A", "")], &["a"]).unwrap();
        assert_eq!((texts(&found.over), found.file), (vec![("a", "")], Some("x.json".into())));
    }

    #[test]
    fn a_variable_that_fits_two_names_is_an_error() {
        let names = ["order-id", "order_id"];
        let error = inputs(&[], &[("ARRAS_INPUT_ORDER_ID", "1")], &names).unwrap_err();
        assert!(error.text(false).contains("`order-id` or `order_id`"), "{}", error.text(false));
        assert!(inputs(&[], &[], &names).is_ok());
    }

    #[test]
    fn no_two_options_share_a_variable() {
        let parser = crate::args::parser();
        for command in parser.get_subcommands() {
            let mut names: Vec<_> =
                command.get_arguments().filter_map(clap::Arg::get_long).map(config::variable).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", command.get_name());
            assert!(names.iter().all(|name| !name.starts_with("ARRAS_INPUT_") && !name.starts_with("ARRAS_AUTH_")));
        }
    }
}
