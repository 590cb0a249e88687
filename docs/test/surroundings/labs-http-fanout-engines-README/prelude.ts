export { RedisQuota } from "http-fanout/engines/redis-quota.ts";
