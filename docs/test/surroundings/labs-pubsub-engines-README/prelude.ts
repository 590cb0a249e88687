export { NatsBroker } from "pubsub/engines/nats.ts";
export declare const signal: AbortSignal;
