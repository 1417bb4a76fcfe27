export { openMongo, type MongoEngine, type MongoOptions } from './open-mongo.ts';
