import { Setting } from '@hookyard/runtime';
import { IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, Matches, Max, Min } from 'class-validator';

const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

const name = /^[a-zA-Z0-9._-]{0,60}$/;

/** Where the servers of the engine `cluster` are, and how to speak with them. */
export class ClusterSettings {
  @Setting('Kafka: some of the brokers, each as host:port; the others are learnt from them.', { range: 'host:port' })
  @Matches(/^(\[[^\]]+\]|[^:\s]+):\d{1,5}$/, { each: true, message: '$property must be a list of host:port' })
  readonly kafkaBrokers: readonly string[] = [];

  @Setting('Kafka: speak TLS. The brokers\' certificates are always checked.')
  @IsBoolean()
  readonly kafkaTls: boolean = false;

  @Setting('Kafka: file with the certificates (PEM) of whoever signed the brokers\'; without it, what Node.js trusts.')
  @IsOptional() @IsNotEmpty()
  readonly kafkaCaFile?: string;

  @Setting('Kafka: file with the client\'s certificate (PEM), when the brokers ask for one.')
  @IsOptional() @IsNotEmpty()
  readonly kafkaCertFile?: string;

  @Setting('Kafka: file with the key (PEM) of the client\'s certificate.')
  @IsOptional() @IsNotEmpty()
  readonly kafkaKeyFile?: string;

  @Setting('Kafka: how to log in (SASL). Without it, nobody logs in.')
  @IsOptional() @IsIn(saslMechanisms)
  readonly kafkaSasl?: (typeof saslMechanisms)[number];

  @Setting('Kafka: the user who logs in.')
  @IsOptional() @IsNotEmpty()
  readonly kafkaUsername?: string;

  @Setting('Kafka: the user\'s password.', { secret: true })
  @IsOptional() @IsNotEmpty()
  readonly kafkaPassword?: string;

  @Setting('Kafka: copies of every topic that is created. Without it: 3, or as many as there are brokers. From 3 on, two must have a message before it counts as accepted.')
  @IsOptional() @IsInt() @Min(1) @Max(7)
  readonly kafkaReplication?: number;

  @Setting('Kafka: how messages travel and lie.')
  @IsIn(['gzip', 'none'])
  readonly kafkaCompression: 'gzip' | 'none' = 'gzip';

  @Setting('Kafka: an instance that is not heard of for so long, in milliseconds, loses its partitions to the others.')
  @IsInt() @Min(1_000) @Max(300_000)
  readonly kafkaSessionMs: number = 10_000;

  @Setting('EventStoreDB: the connection string, esdb://… or esdb+discover://…', { secret: true, range: 'esdb://…' })
  @IsOptional() @Matches(/^(esdb|kurrentdb)(\+discover)?:\/\/./, { message: '$property must begin with esdb:// or esdb+discover://' })
  readonly eventstoreUrl?: string;

  @Setting('EventStoreDB: the user, when the connection string names none.')
  @IsOptional() @IsNotEmpty()
  readonly eventstoreUsername?: string;

  @Setting('EventStoreDB: the user\'s password.', { secret: true })
  @IsOptional() @IsNotEmpty()
  readonly eventstorePassword?: string;

  @Setting('MongoDB: the connection string, mongodb://… or mongodb+srv://…', { secret: true, range: 'mongodb://…' })
  @IsOptional() @Matches(/^mongodb(\+srv)?:\/\/./, { message: '$property must begin with mongodb:// or mongodb+srv://' })
  readonly mongodbUrl?: string;

  @Setting('MongoDB: the database that holds read models and due work. Created when missing.', { range: 'letters, digits, . _ -' })
  @Matches(/^[a-zA-Z0-9_-]{1,60}$/, { message: '$property must consist of letters, digits, _ and -' })
  readonly mongodbDatabase: string = 'hookyard';

  @Setting('What the names of topics, consumer groups and streams begin with, so that several installations can share servers. Fixed at the first start.', { range: 'letters, digits, . _ -' })
  @Matches(name, { message: '$property must consist of letters, digits, . _ and -' })
  readonly namespace: string = '';

  @Setting('How long a server may take to answer, over all tries, in milliseconds; then the request is refused as `unavailable`, or tried again where nobody waits.')
  @IsInt() @Min(1_000) @Max(300_000)
  readonly serverTimeoutMs: number = 30_000;

  @Setting('How long a process waits at its start for the servers to come up, in milliseconds.')
  @IsInt() @Min(1_000) @Max(3_600_000)
  readonly serverStartTimeoutMs: number = 60_000;
}
