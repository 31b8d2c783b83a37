// Node's own HTTP module, without what an import of it costs: that also looks at exports which load a client for fetch
// and WebSocket, 16 MB in each thread.
export const nodeHttp = process.getBuiltinModule('node:http');
