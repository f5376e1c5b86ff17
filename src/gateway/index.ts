export { CloseHandshake } from "./close-handshake.ts";
export { Gateway } from "./gateway.ts";
export { drainable } from "./local-drain.ts";
export { gatewayRoutes } from "./realtime-route.ts";
export { roomSocketRoutes } from "./channel-socket-route.ts";
