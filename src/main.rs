//! The command `workmailctl`.

mod cli;

fn main() -> std::process::ExitCode {
    human_panic::setup_panic!();
    cli::main()
}
