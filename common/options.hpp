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
    // Takes args apart: each of names stands before its value, at most once and anywhere;
    // most is how many others there may be. Anything else is a UsageError.
    Options(Args args, std::initializer_list<const char*> names, std::size_t most);

    // The arguments without a name.
    [[nodiscard]] Args others() const noexcept { return others_; }
    // The value of name, and nothing where it was not given: app::number and
    // app::choice take it with index 0.
    [[nodiscard]] Args operator[](const char* name) const noexcept;
    [[nodiscard]] std::string text(const char* name, const char* otherwise) const;

private:
    std::vector<std::string> others_;
    std::vector<std::pair<std::string, std::vector<std::string>>> values_;
};

}  // namespace app
