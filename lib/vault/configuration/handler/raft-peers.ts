/** Path by which Vault says who votes in Raft. */
export const RAFT_PEERS = 'sys/storage/raft/configuration';
