//! Files by path, and what goes wrong with them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use agentfs::{AgentFs, Error, ErrorCode, FileKind, TimeChange, Workspace};

use crate::case::Case;

type Outcome = Result<(), Error>;

#[tokio::test]
async fn files_are_written_read_replaced_appended_and_removed() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.write_file("/a.txt", "grüße").await?;
    assert_eq!(ws.read_file("/a.txt").await?, "grüße".as_bytes());
    ws.append_file("/a.txt", b"!").await?;
    assert_eq!(ws.read_to_string("/a.txt").await?, "grüße!");
    ws.write_file("/a.txt", vec![b'x']).await?;
    assert_eq!(ws.stat("/a.txt").await?.size, 1);
    ws.write_file("/empty", "").await?;
    assert!(ws.read_file("/empty").await?.is_empty());
    ws.write_file("/mode", "").mode(0o600).await?;
    assert_eq!(ws.stat("/mode").await?.mode & 0o7777, 0o600);
    let again = ws
        .write_file("/mode", "")
        .exclusive(true)
        .await
        .expect_err("it is there");
    assert_eq!(again.code(), ErrorCode::EEXIST);
    ws.unlink("/a.txt").await?;
    assert!(!ws.exists("/a.txt").await?);
    afs.close().await
}

#[tokio::test]
async fn names_are_made_listed_moved_linked_and_removed() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    assert!(ws.mkdir("/d/e").recursive(true).await?);
    ws.write_file("/d/f", "1").await?;
    ws.link("/d/f", "/d/g").await?;
    ws.symlink("f", "/d/s").await?;
    let names: Vec<_> = ws
        .readdir("/d")
        .await?
        .into_iter()
        .map(|entry| (entry.name, entry.kind))
        .collect();
    let expected = [
        ("e", FileKind::Directory),
        ("f", FileKind::File),
        ("g", FileKind::File),
        ("s", FileKind::Symlink),
    ];
    assert_eq!(names, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(ws.readlink("/d/s").await?, "f");
    assert_eq!(ws.realpath("/d/s").await?, "/d/f");
    assert_eq!(ws.stat("/d/f").await?.nlink, 2);
    assert!(ws.stat("/d/s").follow(false).await?.is_symlink());
    assert_eq!(ws.copy_file("/d/f", "/d/copy").await?, 1);
    ws.rename("/d", "/moved").await?;
    let mut directory = ws.read_dir("/moved").stat(true);
    let mut sizes = 0;
    while let Some(entry) = directory.next_entry().await? {
        sizes += usize::from(entry.stat.is_some());
    }
    assert_eq!(sizes, 5);
    ws.rmdir("/moved/e").await?;
    ws.rm("/moved").recursive(true).await?;
    assert!(ws.readdir("/").await?.is_empty());
    ws.rm("/moved").force(true).await?;
    afs.close().await
}

#[tokio::test]
async fn a_directory_of_many_pages_is_listed_whole() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.mkdir("/d").await?;
    let written: Vec<_> = (0..1200)
        .map(|number| {
            let ws = ws.clone();
            tokio::spawn(async move { ws.write_file(format!("/d/{number}"), "").await })
        })
        .collect();
    for one in written {
        one.await.expect("a task")?;
    }
    assert_eq!(ws.readdir("/d").await?.len(), 1200);
    afs.close().await
}

#[tokio::test]
async fn attributes_are_set_to_the_nanosecond() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    ws.write_file("/f", "x").await?;
    ws.chmod("/f", 0o751).await?;
    let time = UNIX_EPOCH + Duration::new(2_209_075_200, 7);
    ws.utimes("/f", TimeChange::Now, time).await?;
    let stat = ws.stat("/f").await?;
    assert_eq!(stat.mode & 0o7777, 0o751);
    assert_eq!((stat.mtime.sec, stat.mtime.nsec), (2_209_075_200, 7));
    assert_eq!(stat.modified(), time);
    assert!(SystemTime::from(stat.atime) > UNIX_EPOCH);
    ws.truncate("/f", 9).await?;
    assert_eq!(ws.stat("/f").await?.size, 9);
    ws.setxattr("/f", "user.k", b"\0v").await?;
    assert_eq!(ws.getxattr("/f", "user.k").await?, b"\0v");
    assert_eq!(ws.listxattr("/f").await?, ["user.k"]);
    ws.removexattr("/f", "user.k").await?;
    assert_eq!(
        ws.getxattr("/f", "user.k")
            .await
            .expect_err("removed")
            .code(),
        ErrorCode::ENODATA
    );
    assert!(ws.statfs().await?.block_size > 0);
    afs.close().await
}

#[tokio::test]
async fn errors_have_code_path_hint_and_the_kind_of_the_standard_library() -> Outcome {
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    let error = ws.read_file("/nothing").await.expect_err("not there");
    assert_eq!(
        (error.code(), error.path()),
        (ErrorCode::ENOENT, Some("/nothing"))
    );
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert_eq!(
        std::io::Error::from(error).kind(),
        std::io::ErrorKind::NotFound
    );
    ws.mkdir("/d").await?;
    ws.write_file("/f", "").await?;
    assert_eq!(
        ws.read_file("/d").await.expect_err("a directory").code(),
        ErrorCode::EISDIR
    );
    assert_eq!(
        ws.readdir("/f").await.expect_err("a file").code(),
        ErrorCode::ENOTDIR
    );
    assert_eq!(
        ws.mkdir("/d").await.expect_err("there").code(),
        ErrorCode::EEXIST
    );
    assert_eq!(
        ws.chmod("/d", u32::MAX).await.expect_err("no mode").code(),
        ErrorCode::InvalidArgument
    );
    let wrong = ws
        .call("fs.stat", &serde_json::json!({ "path": 5 }), &[])
        .await
        .expect_err("no path");
    assert_eq!(wrong.code(), ErrorCode::InvalidArgument);
    let unknown = ws
        .call("fs.telepathy", &serde_json::json!({}), &[])
        .await
        .expect_err("no method");
    assert_eq!(unknown.code(), ErrorCode::UnknownMethod);
    afs.close().await
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_is_not_utf8_is_eilseq_before_anything_is_asked() {
    use std::os::unix::ffi::OsStrExt;
    let case = Case::new();
    let (afs, ws) = case.workspace().await;
    let path = std::ffi::OsStr::from_bytes(b"/\xff");
    assert_eq!(
        ws.stat(path).await.expect_err("no name").code(),
        ErrorCode::EILSEQ
    );
    assert_eq!(
        ws.write_file(path, "").await.expect_err("no name").code(),
        ErrorCode::EILSEQ
    );
    ws.write_file("/bytes", b"\xff")
        .await
        .expect("bytes are no names");
    assert_eq!(
        ws.read_to_string("/bytes")
            .await
            .expect_err("no text")
            .code(),
        ErrorCode::EILSEQ
    );
    afs.close().await.expect("closed");
}

#[tokio::test]
async fn names_of_workspaces_are_checked_and_told() -> Outcome {
    let case = Case::new();
    let afs = case.agent("a");
    let code = |made: Result<Workspace, Error>| made.map(|_| ()).expect_err("refused").code();
    let missing = afs.workspace().get("nothing").await.expect_err("not there");
    assert_eq!(missing.code(), ErrorCode::WorkspaceNotFound);
    assert!(
        missing
            .hint()
            .unwrap_or_default()
            .contains("agentfs workspace create"),
        "{missing}"
    );
    assert_eq!(
        code(afs.workspace().create("../up").await),
        ErrorCode::WorkspaceInvalidName
    );
    afs.workspace().create("demo").await?;
    assert_eq!(
        code(afs.workspace().create("demo").exclusive(true).await),
        ErrorCode::WorkspaceExists
    );
    let names: Vec<_> = afs
        .workspace()
        .list()
        .await?
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert_eq!(names, ["demo"]);
    assert_eq!(afs.workspace().delete("demo").await?, None);
    let elsewhere = case.directory.join("elsewhere.db");
    afs.workspace()
        .create("other")
        .db(&elsewhere)
        .await?
        .close()
        .await?;
    assert_eq!(afs.workspace().delete("other").await?, Some(elsewhere));
    assert!(afs.workspace().list().await?.is_empty());
    afs.close().await
}

#[test]
fn what_users_hold_can_be_sent_between_threads() {
    fn sent<T: Send + Sync>() {}
    sent::<AgentFs>();
    sent::<Workspace>();
    sent::<agentfs::File>();
    sent::<agentfs::SyncEvents>();
    sent::<agentfs::SyncError>();
}
