// 多进程回声服务器: a child for each client, reaped in a handler of SIGCHLD.
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUF_SIZE 1024

void error_handling(const char *message) {
    perror(message);
    exit(1);
}

void read_childproc(int sig) {
    int saved = errno;
    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

void echo(int fd) {
    char buf[BUF_SIZE];
    ssize_t len, sent, n;
    while ((len = read(fd, buf, BUF_SIZE)) > 0) {
        for (sent = 0; sent < len; sent += n) {
            n = write(fd, buf + sent, (size_t)(len - sent));
            if (n == -1)
                return;
        }
    }
}

int main(int argc, char *argv[]) {
    int serv_sock, clnt_sock, option = 1;
    struct sockaddr_in serv_adr;
    struct sigaction act;
    struct timespec rest = {0, 50 * 1000 * 1000};
    pid_t pid;

    if (argc != 2) {
        printf("Usage : %s <port>\n", argv[0]);
        exit(1);
    }
    memset(&act, 0, sizeof(act));
    act.sa_handler = read_childproc;
    act.sa_flags = SA_RESTART;
    sigemptyset(&act.sa_mask);
    sigaction(SIGCHLD, &act, NULL);

    serv_sock = socket(PF_INET, SOCK_STREAM, 0);
    setsockopt(serv_sock, SOL_SOCKET, SO_REUSEADDR, &option, sizeof(option));
    memset(&serv_adr, 0, sizeof(serv_adr));
    serv_adr.sin_family = AF_INET;
    serv_adr.sin_addr.s_addr = htonl(INADDR_ANY);
    serv_adr.sin_port = htons((unsigned short)atoi(argv[1]));
    if (bind(serv_sock, (struct sockaddr *)&serv_adr, sizeof(serv_adr)) == -1)
        error_handling("bind() error");
    if (listen(serv_sock, 64) == -1)
        error_handling("listen() error");

    for (;;) {
        clnt_sock = accept(serv_sock, NULL, NULL);
        if (clnt_sock == -1) {
            if (errno == EMFILE || errno == ENFILE)
                nanosleep(&rest, NULL);
            continue;
        }
        pid = fork();
        if (pid == 0) {
            close(serv_sock);
            echo(clnt_sock);
            close(clnt_sock);
            _exit(0);
        }
        if (pid == -1)
            perror("fork() error");
        close(clnt_sock);
    }
}
