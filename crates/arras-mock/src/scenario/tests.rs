//! Scenarios out of YAML.
