import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server on an H2 store, made fit for tests that kill it: <port> <store file>.
 * An answer leaves only after what it speaks of is in the file, and a command is in the file whole or not at all.
 */
public final class MongoWireServer {
  public static void main(String[] args) {
    // H2 would otherwise commit whenever it likes, in the middle of a command as well.
    MVStore store = new MVStore.Builder().fileName(args[1]).autoCommitDisabled().autoCommitBufferSize(0).open();
    // Space of overwritten pages is used again after this, not after 45 s: a commit per write fills disks quickly.
    store.setRetentionTime(5_000);
    MongoServer server = new MongoServer(new CommittingBackend(store).version(new Wire9()));
    server.bind("127.0.0.1", Integer.parseInt(args[0]));
    System.out.println("listening on mongodb://127.0.0.1:" + args[0]);
  }

  /** Commands run side by side; a commit waits for those under way and covers them all, so that many writers share one. */
  private static final class CommittingBackend extends H2Backend {
    private final ReadWriteLock lock = new ReentrantReadWriteLock(true);

    CommittingBackend(MVStore store) {
      super(store);
    }

    @Override
    public Document handleMessage(MongoMessage message) {
      lock.readLock().lock();
      try {
        return super.handleMessage(message);
      } finally {
        lock.readLock().unlock();
        commitWhatIsOpen();
      }
    }

    private void commitWhatIsOpen() {
      if (!getMvStore().hasUnsavedChanges()) return;
      lock.writeLock().lock();
      try {
        if (getMvStore().hasUnsavedChanges()) getMvStore().commit();
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /** The library stops at wire version 8; current drivers speak to 9 (MongoDB 4.4) and later. */
  private static final class Wire9 implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(4, 4, 0);
    }

    @Override
    public int getWireVersion() {
      return 9;
    }
  }
}
