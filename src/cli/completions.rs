//! `workmailctl completions`: completions for shells.

use clap::{Args as ClapArgs, CommandFactory};
use clap_complete::Shell;

use super::failure::{Exit, Failure};
use super::{Cli, stdout};

/// Write completions for a shell
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl completions bash > ~/.local/share/bash-completion/completions/workmailctl
  workmailctl completions zsh > ~/.zfunc/_workmailctl
  workmailctl completions fish > ~/.config/fish/completions/workmailctl.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Writes them to stdout.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "workmailctl", &mut text);
    stdout(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
