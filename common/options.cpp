#include "common/options.hpp"

#include <algorithm>
#include <vector>

namespace app {

Options::Options(Args args, std::initializer_list<const char*> names, std::size_t most) {
    for (const char* const name : names) {
        values_.emplace_back(name, std::vector<std::string>{});
    }
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (!args[i].starts_with("--")) {
            others_.push_back(args[i]);
            continue;
        }
        const auto named =
            std::ranges::find(values_, args[i], [](const auto& one) { return one.first; });
        if (named == values_.end()) {
            throw UsageError{"there is no option '" + args[i] + "'"};
        }
        if (i + 1 == args.size()) {
            throw UsageError{args[i] + " needs a value"};
        }
        if (!named->second.empty()) {
            throw UsageError{args[i] + " is given twice"};
        }
        named->second.push_back(args[++i]);
    }
    if (others_.size() > most) {
        throw UsageError{"too many arguments: '" + others_[most] + "'"};
    }
}

Args Options::operator[](const char* name) const noexcept {
    for (const auto& [known, value] : values_) {
        if (known == name) {
            return value;
        }
    }
    return {};
}

std::string Options::text(const char* name, const char* otherwise) const {
    const auto value = (*this)[name];
    return value.empty() ? otherwise : value[0];
}

}  // namespace app
