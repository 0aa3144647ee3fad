// options.hpp - arguments with a name, "--ttl 2", for programs whose lesson needs them.
#pragma once

// IWYU pragma: begin_exports
#include <cstddef>
#include <initializer_list>
#include <string>

#include "common/program.hpp"
// IWYU pragma: end_exports

#include <utility>
#include <vector>

namespace app {

class Options {
public:
    // Takes args apart. A name is followed by its value, may be anywhere, and at most once; most
    // is the number of arguments without a name. Anything else is a UsageError.
    Options(Args args, std::initializer_list<const char*> names, std::size_t most);

    // The arguments without a name.
    [[nodiscard]] Args others() const noexcept { return others_; }
    // The value of name; empty if it was not given. app::number and app::choice take it with
    // index 0.
    [[nodiscard]] Args operator[](const char* name) const noexcept;
    [[nodiscard]] std::string text(const char* name, const char* otherwise) const;

private:
    std::vector<std::string> others_;
    std::vector<std::pair<std::string, std::vector<std::string>>> values_;
};

}  // namespace app
