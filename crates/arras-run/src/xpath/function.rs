//! The functions (XPath 1.0 §4).

use arras_doc::xpath::{Call, Function};

use super::machine::{Context, Machine, Observer};
use super::node::Node;
use super::number;
use super::worth::Worth;
use crate::criterion::EvaluationError;

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

impl Machine<'_, '_> {
    /// What a call is worth.
    pub(super) fn call(
        &mut self,
        call: &Call,
        context: Context,
        observer: &mut dyn Observer,
    ) -> Result<Worth, EvaluationError> {
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(self.value(argument, context, observer)?);
        }
        #[expect(clippy::cast_precision_loss, reason = "there are fewer nodes than that")]
        Ok(match call.function {
            Function::Last => Worth::Number(context.size as f64),
            Function::Position => Worth::Number(context.position as f64),
            Function::Count => Worth::Number(nodes(&arguments).len() as f64),
            // without a document type no attribute is an id
            Function::Id => Worth::Nodes(Vec::new()),
            Function::True => Worth::Boolean(true),
            Function::False => Worth::Boolean(false),
            Function::Boolean => Worth::Boolean(arguments.first().is_some_and(Worth::holds)),
            Function::Not => Worth::Boolean(!arguments.first().is_some_and(Worth::holds)),
            Function::Lang => Worth::Boolean(self.lang(&arguments, context)?),
            Function::LocalName | Function::NamespaceUri | Function::Name => {
                Worth::String(self.name(call.function, &arguments, context)?)
            }
            Function::Number | Function::Sum | Function::Floor | Function::Ceiling | Function::Round => {
                Worth::Number(self.numeric(call.function, &arguments, context)?)
            }
            other => self.textual(other, &arguments, context)?,
        })
    }

    /// The node that a function of names is about: the first of its argument, or the context node.
    fn name(&self, function: Function, arguments: &[Worth], context: Context) -> Result<String, EvaluationError> {
        let node = match arguments.first() {
            Some(Worth::Nodes(several)) if self.is_newer && several.len() > 1 => {
                let message = format!("`{}` takes one node, not {}", function.as_str(), several.len());
                return Err(EvaluationError::new(message));
            }
            Some(_) => nodes(arguments).first().copied(),
            None => Some(context.node),
        };
        let Some(node) = node else { return Ok(String::new()) };
        let expanded = node.expanded_name(self.document);
        Ok(match function {
            Function::LocalName => expanded.map_or("", |(_, local)| local),
            Function::NamespaceUri => expanded.and_then(|(namespace, _)| namespace).unwrap_or_default(),
            _ => node.qualified_name(self.document),
        }
        .to_owned())
    }

    fn numeric(&mut self, function: Function, arguments: &[Worth], context: Context) -> Result<f64, EvaluationError> {
        if function == Function::Sum {
            let mut sum = 0.0;
            for node in nodes(arguments) {
                sum += number::parse(&self.text_of(*node)?);
            }
            return Ok(sum);
        }
        let number = match arguments.first() {
            Some(worth) => self.number(worth)?,
            None => number::parse(&self.text_of(context.node)?),
        };
        Ok(match function {
            Function::Floor => number.floor(),
            Function::Ceiling => number.ceil(),
            Function::Round => number::round(number),
            _ => number,
        })
    }

    fn textual(&mut self, function: Function, arguments: &[Worth], context: Context) -> Result<Worth, EvaluationError> {
        if self.is_newer && arguments.iter().any(|worth| matches!(worth, Worth::Number(_) | Worth::Boolean(_))) {
            let message = format!("`{}` takes strings in XPath 2.0 and later", function.as_str());
            let help = Some("put embedded values inside quotes".to_owned());
            return Err(EvaluationError { message, span: None, help });
        }
        if function == Function::Substring {
            return self.substring(arguments).map(Worth::String);
        }
        let mut texts = Vec::with_capacity(arguments.len().max(1));
        for argument in arguments {
            texts.push(self.text(argument)?);
        }
        if texts.is_empty() {
            texts.push(self.text_of(context.node)?);
        }
        self.spend(texts.iter().map(|text| text.len() as u64 / 16).sum())?;
        let text = |index: usize| texts.get(index).map_or("", String::as_str);
        Ok(match function {
            Function::Concat => Worth::String(texts.concat()),
            Function::StartsWith => Worth::Boolean(text(0).starts_with(text(1))),
            Function::Contains => Worth::Boolean(text(0).contains(text(1))),
            Function::SubstringBefore => {
                Worth::String(text(0).split_once(text(1)).map_or("", |(before, _)| before).into())
            }
            Function::SubstringAfter => {
                Worth::String(text(0).split_once(text(1)).map_or("", |(_, after)| after).into())
            }
            #[expect(clippy::cast_precision_loss, reason = "there are fewer characters than that")]
            Function::StringLength => Worth::Number(text(0).chars().count() as f64),
            Function::NormalizeSpace => {
                let words = text(0).split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty());
                Worth::String(words.collect::<Vec<_>>().join(" "))
            }
            Function::Translate => {
                self.spend(text(0).len() as u64 * (1 + text(1).len() as u64 / 8))?;
                Worth::String(translate(text(0), text(1), text(2)))
            }
            _ => Worth::String(text(0).to_owned()),
        })
    }

    /// Characters whose positions lie in `[round(start), round(start) + round(length))`, by the rules of numbers.
    fn substring(&mut self, arguments: &[Worth]) -> Result<String, EvaluationError> {
        let [text, start, rest @ ..] = arguments else { return Ok(String::new()) };
        let text = self.text(text)?;
        self.spend(text.len() as u64 / 16)?;
        let start = number::round(self.number(start)?);
        let end = match rest.first() {
            Some(length) => start + number::round(self.number(length)?),
            None => f64::INFINITY,
        };
        let mut position = 0.0;
        let inside = text.chars().filter(|_| {
            position += 1.0;
            position >= start && position < end
        });
        Ok(inside.collect())
    }

    fn lang(&mut self, arguments: &[Worth], context: Context) -> Result<bool, EvaluationError> {
        let wanted = match arguments.first() {
            Some(worth) => self.text(worth)?.to_ascii_lowercase(),
            None => return Ok(false),
        };
        let tree = context.node.tree(self.document);
        let own = tree.into_iter().flat_map(|node| node.ancestors());
        let own = own.filter_map(|node| node.attribute((XML_NAMESPACE, "lang"))).next();
        Ok(own.is_some_and(|own| {
            let own = own.to_ascii_lowercase();
            own.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        }))
    }
}

fn nodes(arguments: &[Worth]) -> &[Node] {
    match arguments.first() {
        Some(Worth::Nodes(nodes)) => nodes,
        _ => &[],
    }
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let map = |character: char| match from.chars().position(|known| known == character) {
        Some(at) => to.chars().nth(at),
        None => Some(character),
    };
    text.chars().filter_map(map).collect()
}
