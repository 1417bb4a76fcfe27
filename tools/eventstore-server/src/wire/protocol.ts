/**
 * The protocol as the client package ships it: CommonJS, generated from EventStoreDB's .proto files, with server-side definitions.
 * This is the one place that imports it.
 */
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

export type * as Shared from '@eventstore/db-client/generated/shared_pb.js';
export type * as Streams from '@eventstore/db-client/generated/streams_pb.js';

export const { ReadResp, AppendResp, BatchAppendResp, DeleteResp, TombstoneResp, ReadReq, AppendReq, BatchAppendReq } = streams;
export const { UUID, Empty, StreamIdentifier, AllStreamPosition } = shared;
export const { ClusterInfo, EndPoint, MemberInfo } = gossip;
export const { SupportedMethods, SupportedMethod } = features;
export const { Status } = statuses;
export const { StreamsService } = streamServices;
export const { ServerFeaturesService } = featureServices;
export const { GossipService } = gossipServices;
/** Messages that only travel inside an error of the batch path. */
export const details = shared;
