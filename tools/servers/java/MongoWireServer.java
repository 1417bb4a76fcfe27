import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVMap;
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
    protected MongoDatabase openOrCreateDatabase(String name) {
      return new DatabaseById(name);
    }

    @Override
    public Document handleMessage(MongoMessage message) {
      // The library takes a collection apart to rename it: nobody else may look meanwhile, as on a real server.
      Lock held = message.getDocument().containsKey("renameCollection") ? lock.writeLock() : lock.readLock();
      held.lock();
      try {
        return super.handleMessage(message);
      } finally {
        held.unlock();
        commitWhatIsOpen();
      }
    }

    /** Opens its collections while it is constructed: what it needs for that is here. */
    private final class DatabaseById extends H2Database {
      DatabaseById(String name) {
        super(name, getMvStore(), getCursorRegistry());
      }

      @Override
      protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
        // The names of the maps are those of the library.
        String fullName = getFullCollectionNamespace(name);
        return new CollectionById(this, name, options, getMvStore().openMap("databases." + fullName), getMvStore().openMap("meta." + fullName), getCursorRegistry());
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

  /** The library enters by the id only when nothing else is asked; with further conditions, as in an upsert by revision, it reads everything. */
  private static final class CollectionById extends H2Collection {
    CollectionById(MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> data, MVMap<String, Object> meta, CursorRegistry cursors) {
      super(database, name, options, data, meta, cursors);
    }

    @Override
    protected QueryResult queryDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
      if (query.size() > 1 && query.containsKey("_id")) {
        Document byId = new Document("_id", query.get("_id"));
        for (Index<Object> index : getIndexes()) {
          if (index.canHandle(byId)) return matchDocuments(query, index.getPositions(byId), orderBy, skip, limit, batchSize, fields);
        }
      }
      return super.queryDocuments(query, orderBy, skip, limit, batchSize, fields);
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
