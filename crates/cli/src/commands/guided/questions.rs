//! Questions to the user at the terminal: a list of choices, each with a preview. Without a terminal, or with `--yes`,
//! nothing is asked.

use std::io::{BufRead, IsTerminal, Write};

use matchflow_model::language::Language;

use crate::failure::Failure;
use crate::messages::{GuideError, GuideText, guide_text};

use super::terminal::{cut, terminal_width};

/// A question about something unclear.
pub(crate) struct Question {
    pub(crate) text: GuideText,
    /// The flag that answers the question.
    pub(crate) flag: String,
    /// The choices, each with a preview.
    pub(crate) options: Vec<(String, Vec<String>)>,
    /// The best guess.
    pub(crate) best: Option<usize>,
}

/// The choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// One of the options.
    Option(usize),
    /// None of them.
    None,
}

/// The questions of a command.
pub(crate) struct Questions {
    takes_guesses: bool,
    is_terminal: bool,
    language: Language,
    /// The questions that could not be asked.
    open: Vec<String>,
}

impl Questions {
    pub(crate) fn new(takes_guesses: bool, language: Language) -> Questions {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Questions { takes_guesses, is_terminal, language, open: Vec::new() }
    }

    /// The user's answer, or the best guess.
    pub(crate) fn ask(&mut self, question: Question) -> Result<Answer, Failure> {
        let guess = question.best.map_or(Answer::None, Answer::Option);
        if self.takes_guesses || question.options.is_empty() {
            return Ok(guess);
        }
        if !self.is_terminal {
            let name = question.best.and_then(|best| question.options.get(best)).map(|(name, _)| name.clone());
            let text = GuideText::OpenQuestion { question: Box::new(question.text), guess: name, flag: question.flag };
            self.open.push(guide_text(&text, self.language));
            return Ok(guess);
        }
        let mut err = std::io::stderr().lock();
        self.print(&question, &mut err)?;
        let mut input = std::io::stdin().lock();
        loop {
            let default = question.best.map_or(0, |best| best + 1);
            write!(err, "{} [{default}]: ", guide_text(&GuideText::YourChoice, self.language))?;
            err.flush()?;
            let mut line = String::new();
            // End of input means the default, like an empty line.
            input.read_line(&mut line)?;
            let line = line.trim();
            match line.parse::<usize>() {
                _ if line.is_empty() => return Ok(guess),
                Ok(0) => return Ok(Answer::None),
                Ok(number) if number <= question.options.len() => return Ok(Answer::Option(number - 1)),
                _ => writeln!(
                    err,
                    "{}",
                    guide_text(&GuideText::NotAChoice { last: question.options.len() }, self.language)
                )?,
            }
        }
    }

    fn print(&self, question: &Question, err: &mut impl Write) -> std::io::Result<()> {
        writeln!(err, "\n{}", guide_text(&question.text, self.language))?;
        let width = terminal_width();
        for (number, (name, preview)) in question.options.iter().enumerate() {
            let line = format!("{:>3}  {name}", number + 1);
            writeln!(err, "{}", cut(&line, width))?;
            let preview = format!("     {}", preview.join(" · "));
            writeln!(err, "{}", cut(&preview, width))?;
        }
        writeln!(err, "  0  {}", guide_text(&GuideText::NoneOfThem, self.language))
    }

    /// An error with the questions that could not be asked.
    pub(crate) fn require_answers(&self) -> Result<(), Failure> {
        if self.open.is_empty() {
            return Ok(());
        }
        let text = GuideText::Error(GuideError::OpenQuestions { questions: self.open.clone() });
        Err(Failure::Usage(guide_text(&text, self.language)))
    }
}
