//! Open files by Tokio's traits.

use std::io::{self, SeekFrom};

use agentfs::ErrorCode;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader};

use crate::case::Case;

/// Bytes that tell where in the file they stand.
fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8)
        .collect()
}

fn code(error: &io::Error) -> Option<ErrorCode> {
    error
        .get_ref()?
        .downcast_ref::<agentfs::Error>()
        .map(agentfs::Error::code)
}

#[tokio::test]
async fn a_file_is_read_written_and_sought_as_tokio_has_it() -> io::Result<()> {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    let mut file = ws.open("/f").write(true).create(true).await?;
    file.write_all(b"first\nsecond\n").await?;
    file.shutdown().await?;
    let mut lines = BufReader::new(ws.open("/f").await?).lines();
    assert_eq!(lines.next_line().await?.as_deref(), Some("first"));
    assert_eq!(lines.next_line().await?.as_deref(), Some("second"));
    assert_eq!(lines.next_line().await?, None);
    let mut file = ws.open("/f").read(true).write(true).await?;
    assert_eq!(file.seek(SeekFrom::End(-7)).await?, 6);
    file.write_all(b"SECOND").await?;
    assert_eq!(file.stream_position().await?, 12);
    assert_eq!(file.seek(SeekFrom::Current(-12)).await?, 0);
    let mut text = String::new();
    file.read_to_string(&mut text).await?;
    assert_eq!(text, "first\nSECOND\n");
    let before = file
        .seek(SeekFrom::Current(-100))
        .await
        .expect_err("before the beginning");
    assert_eq!(code(&before), Some(ErrorCode::EINVAL));
    file.set_len(5).await?;
    file.close().await?;
    let mut log = ws.open("/f").append(true).create(true).await?;
    ws.append_file("/f", "+").await?;
    log.write_all(b"!").await?;
    log.flush().await?;
    assert_eq!(ws.read_to_string("/f").await?, "first+!");
    afs.close().await?;
    Ok(())
}

#[tokio::test]
async fn options_are_those_of_the_standard_library() -> io::Result<()> {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    assert_eq!(
        ws.open("/f")
            .write(true)
            .await
            .expect_err("not there")
            .code(),
        ErrorCode::ENOENT
    );
    ws.open("/f")
        .write(true)
        .create_new(true)
        .mode(0o600)
        .await?
        .close()
        .await?;
    assert_eq!(ws.stat("/f").await?.mode & 0o777, 0o600);
    assert_eq!(
        ws.open("/f")
            .write(true)
            .create_new(true)
            .await
            .expect_err("there")
            .code(),
        ErrorCode::EEXIST
    );
    ws.write_file("/f", "content").await?;
    ws.open("/f")
        .write(true)
        .create(true)
        .await?
        .close()
        .await?;
    assert_eq!(ws.read_to_string("/f").await?, "content");
    ws.open("/f")
        .write(true)
        .truncate(true)
        .await?
        .close()
        .await?;
    assert_eq!(ws.read_to_string("/f").await?, "");
    assert_eq!(
        ws.open("/f")
            .create(true)
            .await
            .expect_err("not to be written")
            .code(),
        ErrorCode::EINVAL
    );
    let mut reading = ws.open("/f").await?;
    reading.write_all(b"x").await?;
    assert_eq!(
        code(&reading.flush().await.expect_err("opened to be read")),
        Some(ErrorCode::EBADF)
    );
    afs.close().await?;
    Ok(())
}

#[tokio::test]
async fn what_is_larger_than_one_message_goes_in_pieces() -> io::Result<()> {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    let large = content(9 * 1024 * 1024 + 1);
    ws.write_file("/large", &large).await?;
    assert!(ws.read_file("/large").await? == large);
    ws.append_file("/large", &large).await?;
    assert_eq!(ws.stat("/large").await?.size, 2 * large.len() as u64);
    let mut writing = ws
        .open("/stream")
        .write(true)
        .create(true)
        .truncate(true)
        .await?;
    for piece in large.chunks(100_003) {
        writing.write_all(piece).await?;
    }
    writing.shutdown().await?;
    let mut reading = ws.open("/stream").await?;
    let mut read = Vec::new();
    reading.read_to_end(&mut read).await?;
    assert!(read == large);
    assert!(reading.read_at(5_000_000, 4_500_000).await? == large[5_000_000..]);
    reading.seek(SeekFrom::Start(4_000_000)).await?;
    let mut piece = vec![0; 1_000_000];
    reading.read_exact(&mut piece).await?;
    assert!(piece == large[4_000_000..5_000_000]);
    afs.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_file_that_grows_is_read_on() -> io::Result<()> {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.write_file("/f", "one").await?;
    let mut file = ws.open("/f").await?;
    let mut text = String::new();
    file.read_to_string(&mut text).await?;
    assert_eq!(file.read_to_string(&mut text).await?, 0);
    ws.append_file("/f", ", two").await?;
    file.read_to_string(&mut text).await?;
    assert_eq!(text, "one, two");
    afs.close().await?;
    Ok(())
}

#[tokio::test]
async fn an_open_file_is_the_same_through_renames_and_its_size_is_known_without_a_name(
) -> io::Result<()> {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.write_file("/f", "content").await?;
    let mut file = ws.open("/f").read(true).write(true).await?;
    ws.rename("/f", "/g").await?;
    ws.write_file("/f", "another").await?;
    ws.unlink("/g").await?;
    file.write_at(7, b" grows").await?;
    assert_eq!(file.stat().await?.size, 13);
    assert_eq!(file.seek(SeekFrom::End(0)).await?, 13);
    assert_eq!(file.read_at(0, 100).await?, b"content grows");
    assert_eq!(ws.read_to_string("/f").await?, "another");
    afs.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_dropped_sends_what_it_has_and_closes() -> io::Result<()> {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    for number in 0..1500_u32 {
        let mut file = ws
            .open(format!("/{}", number % 10))
            .write(true)
            .create(true)
            .truncate(true)
            .await?;
        file.write_all(&number.to_le_bytes()).await?;
    }
    // More than a connection may have open: each was closed. A call later, what they sent is there.
    ws.stat("/").await?;
    assert_eq!(ws.read_file("/9").await?, 1499_u32.to_le_bytes());
    afs.close().await?;
    Ok(())
}
