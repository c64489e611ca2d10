# nlohmann_json::nlohmann_json is dependencies.cmake's; this file lets find_package(nlohmann_json) pass.
