// Streams: pipe stops reading while the client does not read.
const net = require("node:net");

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", (error) => {
    console.error(error.code);
    socket.destroy();
  });
  socket.pipe(socket);
});
server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen(Number(process.argv[2]), "127.0.0.1");
