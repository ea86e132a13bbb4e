//! Runtime expressions: what is parsed is parsed the same again from its text.
#![no_main]

use arras_doc::expression::Expression;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(expression) = Expression::parse(text) {
        let again = Expression::parse(&expression.to_string()).expect("its own text");
        assert_eq!((&expression.root, &expression.path), (&again.root, &again.path));
        let _ = expression.within_step();
    }
});
