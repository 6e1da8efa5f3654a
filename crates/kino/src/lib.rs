//! The program: command line, configuration, composition
