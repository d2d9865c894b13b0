//! The segments as a stream from which a parser reads: one segment at most for each read.

use std::io::{self, BufRead, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::codec::Decoder;

/// Segments that are read, and a place where what is written goes.
pub struct Feed {
    segments: std::vec::IntoIter<Bytes>,
    now: Bytes,
}

impl Feed {
    pub fn new(segments: &[&[u8]]) -> Self {
        let segments: Vec<_> =
            segments.iter().map(|segment| Bytes::copy_from_slice(segment)).collect();
        Self { segments: segments.into_iter(), now: Bytes::new() }
    }

    /// The next bytes, at most so many; none at the end.
    fn piece(&mut self, most: usize) -> Bytes {
        if self.now.is_empty() {
            self.now = self.segments.next().unwrap_or_default();
        }
        self.now.split_to(most.min(self.now.len()))
    }
}

impl Read for Feed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.piece(buffer.len());
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.now.is_empty() {
            self.now = self.segments.next().unwrap_or_default();
        }
        Ok(&self.now)
    }

    fn consume(&mut self, amount: usize) {
        drop(self.now.split_to(amount));
    }
}

impl Write for Feed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Feed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = self.piece(buffer.remaining());
        buffer.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Feed {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buffer.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl futures_io::AsyncRead for Feed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.read(buffer))
    }
}

impl Stream for Feed {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.segments.next().map(Ok))
    }
}

/// What a codec of tokio-util makes of segments, as `FramedRead` calls it: after each segment until
/// it wants more, and at the end. The first error ends it.
pub fn decoded<D: Decoder>(mut codec: D, segments: &[&[u8]]) -> Vec<Result<D::Item, String>>
where
    D::Error: std::fmt::Display,
{
    let (mut buffer, mut items) = (BytesMut::new(), Vec::new());
    for segment in segments.iter().map(Some).chain([None]) {
        buffer.extend_from_slice(segment.copied().unwrap_or_default());
        loop {
            let item = match segment {
                Some(_) => codec.decode(&mut buffer),
                None => codec.decode_eof(&mut buffer),
            };
            match item {
                Ok(Some(item)) => items.push(Ok(item)),
                Ok(None) => break,
                Err(error) => {
                    items.push(Err(error.to_string()));
                    return items;
                }
            }
        }
    }
    items
}
