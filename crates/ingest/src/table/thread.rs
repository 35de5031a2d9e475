//! Reads a workbook on a separate thread, which inflates and scans while the caller makes batches from its blocks.
//!
//! Memory: [`BLOCKS_QUEUED_MAX`] blocks, and the one being filled. The thread sends the header, waits for the
//! selection, then sends blocks until the end of the sheet or until the table is dropped.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{ColumnSelection, Selection, Table};
use crate::block::Block;
use crate::error::IngestError;
use crate::file;
use crate::header::Header;
use crate::sheet::{BlockSender, ReaderMessage};

const BLOCKS_QUEUED_MAX: usize = 2;

/// A table whose rows are read on another thread.
pub(super) struct ThreadTable {
    header: Header,
    selection: SyncSender<ColumnSelection>,
    messages: Receiver<Result<ReaderMessage, IngestError>>,
    ended: bool,
}

impl ThreadTable {
    /// Reads the file at `path` with `read`.
    pub(super) fn open(
        path: &Path,
        name: &str,
        read: impl FnOnce(BlockSender<'_>) -> Result<(), IngestError> + Send + 'static,
    ) -> Result<Self, IngestError> {
        let file = file::name(path);
        let (selection, selected) = sync_channel(1);
        let (sender, messages) = sync_channel(BLOCKS_QUEUED_MAX);
        let thread_file = file.clone();
        let run = move || {
            let last = file::guard(&thread_file, || read(BlockSender { sender: &sender, selected: &selected }));
            // Fails if the table was dropped.
            let _ = sender.send(last.map(|()| ReaderMessage::End));
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|source| IngestError::Unreadable { file: file.clone(), source })?;
        match messages.recv() {
            Ok(Ok(ReaderMessage::Header(header))) => Ok(ThreadTable { header, selection, messages, ended: false }),
            Ok(Err(error)) => Err(error),
            Ok(Ok(ReaderMessage::Block(_) | ReaderMessage::End)) | Err(_) => Err(stopped(file)),
        }
    }
}

impl Table for ThreadTable {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        // If the thread has ended, its error is in the queue and is returned with the first block.
        let _ = self.selection.send(ColumnSelection::new(&self.header, &selection));
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        if self.ended {
            return Ok(None);
        }
        match self.messages.recv() {
            Ok(Ok(ReaderMessage::Block(block))) => return Ok(Some(Block::Text(block))),
            Ok(Ok(ReaderMessage::Header(_))) | Err(_) => Err(stopped(self.header.file.clone())),
            Ok(Ok(ReaderMessage::End)) => Ok(None),
            Ok(Err(error)) => Err(error),
        }
        .inspect(|_| self.ended = true)
        .inspect_err(|_| self.ended = true)
    }
}

fn stopped(file: String) -> IngestError {
    IngestError::Workbook { file, reason: "its reader stopped early".to_owned() }
}
